import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import type { ExecuteRequest } from "../../../src/run/execute.ts";
import { temporaryFolder, writeFiles } from "../request.ts";
import { checkout, type Ran, runReference, settle, workspace } from "./helpers.ts";

const ACCEPTANCE = { min_effect: 0, repeats: 6, confidence: 0.975 };

/** Adds noise that depends on nothing but LAB_SEED, which a pair shares: common random numbers. */
const PAIRED = `awk -v seed="$LAB_SEED" -v value="$(cat model.txt)" \\
  'BEGIN { printf "score=%.9f\\n", value + (seed % 1000) / 100 }'
`;

const contested = (
  spec: Partial<Spec>,
  changes: Partial<ExecuteRequest> = {},
): ReturnType<typeof runReference> =>
  runReference(
    { workspace_root: workspace({ "evaluate.sh": PAIRED }), acceptance: ACCEPTANCE, ...spec },
    changes,
  );

interface Pair {
  seed: number;
  candidate: number;
  incumbent: number;
}

function pairs({ decision }: Ran): Pair[] {
  const found: unknown = decision?.["measurements"];
  return Array.isArray(found) ? found : [];
}

describe("acceptance", () => {
  test("measures candidate and incumbent with the same seeds, fresh ones for each pair", async () => {
    const ran = await contested({ mutation_command: "sh -c 'echo 1.001 > model.txt'" });
    expect(ran.decision).toMatchObject({
      accepted: true,
      verdict: "accepted",
      reference_source: "baseline",
      effect: expect.closeTo(0.001, 6),
    });
    expect(ran.report).toMatchObject({ outcome: "success", verdict: "accepted" });
    const all = pairs(ran);
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(new Set(all.map((pair) => pair.seed)).size).toBe(all.length);
    for (const { seed, candidate, incumbent } of all) {
      expect(candidate).toBeCloseTo(1.001 + (seed % 1000) / 100, 6);
      expect(incumbent).toBeCloseTo(1 + (seed % 1000) / 100, 6);
    }
  });

  test("a null edit shows no difference; the same files are not even compared", async () => {
    const edit = await contested({ mutation_command: "sh -c 'echo x > comment'" });
    expect(edit.decision).toMatchObject({ accepted: false, verdict: "rejected" });
    expect(edit.decision?.["verdict_reason"]).toBe("no difference in 2 pairs");
    const same = await contested({ mutation_command: "true" });
    expect(same.decision?.["verdict_reason"]).toContain("is the same, file by file");
    expect(same.report).toMatchObject({ outcome: "success", verdict: "rejected" });
  });

  test("knows a worse candidate after one pair when the noise is calibrated", async () => {
    const mutation_command = "sh -c 'echo 0 > model.txt'";
    const ran = await contested({ mutation_command }, { noise: { sd: 0.1, df: 9 } });
    expect(ran.decision).toMatchObject({ accepted: false, verdict: "rejected" });
    expect(pairs(ran)).toHaveLength(1);
  });

  test("each measurement finds the tree as setup left it", async () => {
    const validation_command =
      "sh -c 'test ! -e left && touch left && test -e built && sh evaluate.sh'";
    const ran = await contested({
      mutation_command: "sh -c 'echo 2 > model.txt'",
      setup_command: "touch built",
      validation_command,
    });
    expect(ran.report).toMatchObject({ outcome: "success", verdict: "accepted" });
  });

  test("a value of an earlier run decides nothing: a lucky best is measured anew", async () => {
    const best = { run_id: "RUN-0", value: 1000 };
    const ran = await contested({ mutation_command: "sh -c 'echo 2 > model.txt'" }, { best });
    expect(ran.decision).toMatchObject({ accepted: true, previous_best_value: 1000 });
  });

  test("with patch-only the incumbent is the base with the best patch", async () => {
    const workspace_root = workspace({ "evaluate.sh": PAIRED });
    const spec = { workspace_root, mutation_command: "sh -c 'echo 3 > model.txt'" };
    const first = await contested(spec);
    const data_root = temporaryFolder();
    const experiment_dir = join(data_root, "experiments/demo");
    mkdirSync(join(experiment_dir, "runs"), { recursive: true });
    cpSync(first.request.run.dir, join(experiment_dir, "runs/RUN-0"), { recursive: true });
    const best = { run_id: "RUN-0", value: 3 };
    const next = { ...spec, mutation_command: "sh -c 'echo 2 > model.txt'" };
    const ran = await contested(next, { best, experiment_dir });
    expect(ran.decision).toMatchObject({
      accepted: false,
      verdict: "rejected",
      reference_source: "best-so-far",
    });
    for (const { candidate, incumbent } of pairs(ran)) expect(candidate).toBeLessThan(incumbent);
  });

  test("applies what it accepts, with the incumbent's value in the message", async () => {
    const top = checkout({ "evaluate.sh": PAIRED });
    const spec = { workspace_root: top, promotion_strategy: "apply-on-accept" } as const;
    const ran = await contested({ ...spec, mutation_command: "sh -c 'echo 5 > model.txt'" });
    expect(await settle(ran)).toBeNull();
    expect(readFileSync(join(top, "model.txt"), "utf8")).toBe("5\n");
  });

  test("is inconclusive when the time is over before it is decided", async () => {
    const count = join(temporaryFolder(), "count");
    // Each later measurement lasts longer than the budget; before, the candidate looks better.
    const validation_command = `echo x >> ${count}; [ $(wc -l < ${count}) -le 4 ] || sleep 300; sh evaluate.sh`;
    const ran = await contested({
      shell: true,
      mutation_command: "echo 2 > model.txt",
      validation_command,
      time_budget_minutes: 0.02,
    });
    expect(ran.report).toMatchObject({ outcome: "success", verdict: "inconclusive" });
    expect(ran.decision).toMatchObject({ accepted: false });
    expect(pairs(ran)).toHaveLength(2);
  });
});

describe("guards", () => {
  const evaluate = 'echo "{\\"score\\": $(cat model.txt), \\"mb\\": $(cat mb.txt)}"\n';
  const guards = [{ metric: "mb", op: "<=", value: 10 }] as const;

  test.each([null, ACCEPTANCE])(
    "reject a better candidate that breaks one (%j)",
    async (acceptance) => {
      const workspace_root = temporaryFolder();
      writeFiles(workspace_root, { "model.txt": "1\n", "mb.txt": "8\n", "evaluate.sh": evaluate });
      const spec = { workspace_root, acceptance, guards: [...guards], shell: true };
      const fat = await runReference({
        ...spec,
        mutation_command: "echo 2 > model.txt; echo 11 > mb.txt",
      });
      expect(fat.report).toMatchObject({ outcome: "success", value: 2, verdict: "rejected" });
      expect(fat.report.reason).toContain("guard mb <= 10: mb is 11");
      const fine = await runReference({
        ...spec,
        mutation_command: "echo 2 > model.txt; echo 9 > mb.txt",
      });
      if (acceptance === null) expect(fine.report.verdict).toBe("accepted");
      else expect(fine.report.reason).not.toContain("guard");
    },
  );
});
