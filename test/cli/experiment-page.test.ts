import { expect, test } from "bun:test";
import { experimentPage } from "../../src/cli/experiment-page.ts";
import { sampleSpec, sampleView } from "../reduce/samples.ts";

const same = (text: string): string => text;
const plain = { bold: same, dim: same, red: same, green: same, yellow: same };

test("show says how many runs each tier has had, and when a cheap one predicts nothing", () => {
  const fidelity_tiers = ["proxy", "full", "final"];
  const spec = sampleSpec({
    fidelity_tiers,
    locked_tier: "final",
    promote: { rule: "asha", eta: 3, k: [1], successes: 1 },
    overrides: { proxy: { max_runs: 81 } },
  });
  const view = sampleView({
    fidelity_tiers,
    run_count_by_tier: { proxy: 40, full: 12 },
    tier_agreement: [{ from: "proxy", to: "full", pairs: 12, tau: 0.0303, p: 0.45 }],
  });
  const shown = { view, spec, stops: [], holder: null, dir: "/lab" };
  const options = { now: new Date(0), width: 500, colour: plain };
  const page = experimentPage(shown, options).join("\n");
  expect(page).toMatch(/runs by tier: +proxy 40 of 81, full 12, final 0 \(locked\)/);
  expect(page).toMatch(/rank agreement: +proxy and full: tau 0\.03 over 12 runs/);
  expect(page).toMatch(/warning: +tier proxy no longer predicts full/);
});
