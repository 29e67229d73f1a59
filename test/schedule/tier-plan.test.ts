import { describe, expect, test } from "bun:test";
import { promotionProvenance } from "../../src/domain/promoted.ts";
import type { PromotionConfig } from "../../src/domain/spec/promotion.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import type { Outcome } from "../../src/domain/types.ts";
import { createTierPlan, type PlannedRun, type UnderWay } from "../../src/schedule/tier-plan.ts";
import { specWith } from "../run/request.ts";

const ASHA: PromotionConfig = { rule: "asha", eta: 3, k: [1], successes: 1 };

function specOf(promote: PromotionConfig | null, over: Partial<Spec> = {}): Spec {
  const fidelity_tiers = ["proxy", "validation", "final"];
  return specWith({ metric_direction: "minimize", fidelity_tiers, promote, ...over });
}

let iterations = 0;

/** A finished run that tried `x`; its value is `x` unless another one is given. */
function run(tier: string, x: number, value: number | null = x, over: Partial<PlannedRun> = {}) {
  iterations += 1;
  const outcome: Outcome = value === null ? "failed" : "success";
  const finished: PlannedRun = {
    run_id: `RUN-${tier}-${x}`,
    iteration: iterations,
    tier,
    mode: "burst",
    outcome,
    value,
    params: { x },
    strategy: "random",
    provenance: {},
    ...over,
  };
  return finished;
}

function underWay(tier: string, x: number): UnderWay {
  return { iteration: 1000 + x, tier, params: { x }, provenance: null };
}

/** Tier and params of the due promotion, as `validation 1`. */
function due(spec: Spec, runs: PlannedRun[], now: UnderWay[] = []): string | null {
  const promotion = createTierPlan(spec, "proxy", runs).promotion(now);
  return promotion === null ? null : `${promotion.tier} ${Number(promotion.origin.params?.["x"])}`;
}

describe("promotion() by asha", () => {
  const spec = specOf(ASHA);

  test("promotes the best third as soon as there is one", () => {
    expect(due(spec, [run("proxy", 5), run("proxy", 3)])).toBeNull();
    const three = [run("proxy", 5), run("proxy", 3), run("proxy", 4)];
    expect(due(spec, three)).toBe("validation 3");
    expect(due(spec, [...three, run("validation", 3)])).toBeNull();
    const six = [...three, run("validation", 3), run("proxy", 9), run("proxy", 8), run("proxy", 1)];
    expect(due(spec, six)).toBe("validation 1");
    expect(due(spec, [...six, run("validation", 1)])).toBeNull();
  });

  test("counts failures and pruned runs as finished, and promotes neither", () => {
    const failed = run("proxy", 1, null);
    const pruned = run("proxy", 2, null, { outcome: "pruned" });
    expect(due(spec, [failed, pruned, run("proxy", 7)])).toBe("validation 7");
    const lost = run("proxy", 2, null, { outcome: "lost" });
    expect(due(spec, [failed, lost, run("proxy", 7)])).toBeNull();
  });

  test("promotes what keeps every output constraint only", () => {
    const limit = { text: "mb <= 5", metric: "mb", op: "<=" as const, limit: 5 };
    const limited = specOf(ASHA, { output_constraints: [limit] });
    const heavy = run("proxy", 1, 1, { objectives: { score: 1, mb: 9 } });
    const light = run("proxy", 2, 2, { objectives: { score: 2, mb: 5 } });
    const unknown = run("proxy", 3);
    expect(due(limited, [heavy, unknown, run("proxy", 4, null)])).toBeNull();
    const six = [heavy, unknown, light, run("proxy", 4, null), run("proxy", 5, null)];
    expect(due(limited, six)).toBe("validation 2");
  });

  test("promotes changes of code where they can be run, known by their patch", () => {
    const code = (tier: string, value: number, patch_sha256: string, over = {}) =>
      run(tier, value, value, { params: null, patch_sha256, ...over });
    const three = [code("proxy", 3, "c"), code("proxy", 1, "a"), code("proxy", 2, "b")];
    const duePatch = (runs: PlannedRun[]) =>
      createTierPlan(spec, "proxy", runs, { patches: true }).promotion([])?.origin.patch_sha256;
    expect(duePatch(three)).toBe("a");
    expect(due(spec, three)).toBeNull();
    // Its diff came out otherwise there, but it is the same candidate.
    const again = code("validation", 9, "z", { provenance: { patch_sha256: "a" } });
    expect(duePatch([...three, again])).toBeUndefined();
  });

  test("promotes no candidate twice: not while it runs, nor after it failed there", () => {
    const three = [run("proxy", 5), run("proxy", 3), run("proxy", 4)];
    expect(due(spec, three, [underWay("validation", 3)])).toBeNull();
    expect(due(spec, three, [underWay("proxy", 3)])).toBe("validation 3");
    expect(due(spec, [...three, run("validation", 3, null)])).toBeNull();
    const lost = run("validation", 3, null, { outcome: "lost" });
    expect(due(spec, [...three, lost])).toBe("validation 3");
  });

  test("looks at the dearest tier first, and only at values of the same tier", () => {
    const proxy = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((x) => run("proxy", x));
    // The order is another one here, and so is the scale.
    const validation = [run("validation", 1, 900), run("validation", 2, 100)];
    expect(due(spec, [...proxy, ...validation])).toBe("validation 3");
    const third = run("validation", 3, 500);
    expect(due(spec, [...proxy, ...validation, third])).toBe("final 2");
    expect(due(spec, [...proxy, ...validation, third, run("final", 2)])).toBe("validation 4");
  });

  test("maximises when the SPEC does, and prefers the older of equals", () => {
    const up = specOf(ASHA, { metric_direction: "maximize" });
    expect(due(up, [run("proxy", 5), run("proxy", 3), run("proxy", 4)])).toBe("validation 5");
    const equal = [run("proxy", 5, 1), run("proxy", 3, 1), run("proxy", 4, 1)];
    expect(due(up, equal)).toBe("validation 5");
    expect(due(up, equal.toReversed())).toBe("validation 5");
  });

  test("never promotes to a locked tier, below the base, beyond a cap, or where it may not run", () => {
    const three = [run("proxy", 5), run("proxy", 3), run("proxy", 4)];
    const open = specOf(ASHA, { fidelity_tiers: ["proxy", "final"], locked_tier: "final" });
    expect(due(open, three)).toBeNull();
    expect(createTierPlan(spec, "validation", three).promotion([])).toBeNull();
    const capped = specOf(ASHA, { overrides: { validation: { max_runs: 1 } } });
    expect(due(capped, three)).toBe("validation 3");
    expect(due(capped, [...three, run("validation", 99)])).toBeNull();
    expect(due(capped, three, [underWay("validation", 99)])).toBeNull();
    const plan = createTierPlan(spec, "proxy", three);
    expect(plan.promotion([], (tier) => tier !== "validation")).toBeNull();
    expect(due(specOf(null), three)).toBeNull();
  });

  test("says where a promoted run comes from", () => {
    const three = [run("proxy", 5), run("proxy", 3), run("proxy", 4)];
    const origin = createTierPlan(spec, "proxy", three).promotion([])?.origin;
    if (origin === undefined) throw new Error("nothing is due");
    expect(promotionProvenance(origin)).toEqual({
      promoted_from: "RUN-proxy-3",
      from_tier: "proxy",
      from_value: 3,
      from_strategy: "random",
    });
  });
});

describe("promotion() by top-k", () => {
  const TOP: PromotionConfig = { rule: "top-k", eta: 3, k: [2, 1], successes: 1 };
  const spec = specOf(TOP, { overrides: { proxy: { max_runs: 4 } } });
  const three = [run("proxy", 5), run("proxy", 3), run("proxy", 4)];
  const four = [...three, run("proxy", 1, null)];

  test("waits until the tier has had its runs, then promotes the best k, step by step", () => {
    expect(due(spec, three)).toBeNull();
    expect(due(spec, four, [underWay("proxy", 77)])).toBeNull();
    expect(due(spec, four)).toBe("validation 3");
    expect(due(spec, four, [underWay("validation", 3)])).toBe("validation 4");
    const one = [...four, run("validation", 3, 50)];
    expect(due(spec, one, [underWay("validation", 4)])).toBeNull();
    const both = [...one, run("validation", 4, 40)];
    expect(due(spec, both)).toBe("final 4");
    expect(due(spec, [...both, run("final", 4)])).toBeNull();
  });

  test("takes each candidate once, at its best", () => {
    const twice = [run("proxy", 3), run("proxy", 3, 2.5), run("proxy", 4), run("proxy", 5)];
    expect(due(spec, [...twice, run("validation", 3)])).toBe("validation 4");
  });
});

describe("mayPropose()", () => {
  test("keeps to the runs of the tier, those under way included", () => {
    const capped = specOf(null, { overrides: { proxy: { max_runs: 2 } } });
    const plan = createTierPlan(capped, "proxy", [run("proxy", 1)]);
    expect(plan.mayPropose([])).toBe(true);
    expect(plan.mayPropose([underWay("final", 2)])).toBe(true);
    expect(plan.mayPropose([underWay("proxy", 2)])).toBe(false);
    plan.learn(run("proxy", 2, 2, { mode: "imported" }));
    expect(plan.mayPropose([])).toBe(true);
    plan.learn(run("proxy", 3));
    expect(plan.mayPropose([])).toBe(false);
  });
});

test("placeOf() counts proposals, not promotions", () => {
  const promoted = { provenance: { promoted_from: "RUN-1" } };
  const runs = [
    run("proxy", 1, 1, { iteration: 1 }),
    run("validation", 1, 1, { iteration: 2, ...promoted }),
    run("final", 1, 1, { iteration: 3 }),
  ];
  const plan = createTierPlan(specOf(ASHA), "proxy", runs);
  expect([1, 2, 3, 4].map((iteration) => plan.placeOf(iteration, []))).toEqual([1, 2, 2, 3]);
  const running: UnderWay = { iteration: 4, tier: "validation", params: {}, ...promoted };
  expect(plan.placeOf(5, [running])).toBe(3);
});
