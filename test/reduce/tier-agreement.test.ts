import { describe, expect, test } from "bun:test";
import { promotionProvenance } from "../../src/domain/promoted.ts";
import { labAlerts } from "../../src/reduce/alerts.ts";
import { renderSummary } from "../../src/reduce/summary.ts";
import { foldPair, MAX_PAIRS, misleadingTiers } from "../../src/reduce/tier-agreement.ts";
import { parseStatusJson, renderStatusJson } from "../../src/reduce/status-json.ts";
import type { ExperimentView } from "../../src/reduce/views.ts";
import { sampleLab, sampleSeal, sampleSpec, sampleView } from "./samples.ts";

/** A view after promoted runs with these values on the two tiers. */
function viewAfter(pairs: readonly (readonly [number, number])[]): ExperimentView {
  const view = sampleView({ fidelity_tiers: ["proxy", "final"] });
  for (const [before, value] of pairs) {
    const origin = { run_id: "RUN-1", tier: "proxy", value: before, strategy: "tpe" };
    foldPair(view, sampleSeal({ tier: "final", provenance: promotionProvenance(origin) }), value);
  }
  return view;
}

const AGREEING = Array.from({ length: 8 }, (_, i) => [i, 10 * i + (i % 2)] as const);
const SHUFFLED = [3, 0, 5, 1, 7, 2, 6, 4].map((value, i) => [i, value] as const);

describe("rank agreement of tiers", () => {
  test("is a figure for every step, and no warning while the cheap tier predicts", () => {
    const view = viewAfter(AGREEING);
    expect(view.tier_agreement).toMatchObject([{ from: "proxy", to: "final", pairs: 8, tau: 1 }]);
    expect(misleadingTiers(view)).toEqual([]);
    expect(labAlerts(sampleLab(view)).join()).not.toContain("predicts");
    expect(renderSummary(sampleSpec(), view)).toContain(
      "Rank agreement of `proxy` with `final`: tau 1.00 over 8",
    );
  });

  test("warns in status and SUMMARY.md, with the figure and what to do, from eight pairs on", () => {
    expect(misleadingTiers(viewAfter(SHUFFLED.slice(0, 7)))).toEqual([]);
    const view = viewAfter(SHUFFLED);
    expect(misleadingTiers(view)).toHaveLength(1);
    for (const text of [labAlerts(sampleLab(view)).join(), renderSummary(sampleSpec(), view)]) {
      expect(text).toContain("tier proxy no longer predicts final");
      expect(text).toMatch(/tau\) is 0\.\d\d over 8 promoted runs/);
      expect(text).toContain("labctl set-fidelity");
    }
  });

  test("looks at the latest pairs, so that a tier that stops predicting shows", () => {
    const before = Array.from({ length: 60 }, (_, i) => [i, i] as const);
    const after = Array.from({ length: MAX_PAIRS }, (_, i) => [i, (i * 17) % MAX_PAIRS] as const);
    const view = viewAfter([...before, ...after]);
    expect(view.tier_pairs?.[0]?.pairs).toHaveLength(MAX_PAIRS);
    expect(misleadingTiers(view)).toHaveLength(1);
  });

  test("survives being written and read", () => {
    const view = viewAfter(SHUFFLED);
    expect(parseStatusJson(renderStatusJson(view))).toEqual(view);
  });
});
