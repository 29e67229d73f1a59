import { describe, expect, test } from "bun:test";
import { openLanes, type Lanes } from "../../src/app/lanes.ts";
import { withLease } from "../../src/app/with-lease.ts";
import type { TrialRow } from "../../src/domain/types.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";
import { temporaryFolder } from "../run/request.ts";

/** A run of a tier that reported one value at step 1. */
function row(iteration: number, tier: string, value: number): TrialRow {
  return {
    run_id: `RUN-${iteration}`,
    ts: "",
    iteration,
    metric: "score",
    value,
    source: "stdout",
    outcome: "success",
    tier,
    mode: "burst",
    strategy: "random",
    params: {},
    provenance: null,
    reports: [[1, value]],
  };
}

async function withLanes(
  lab: LabRoot,
  rows: TrialRow[],
  action: (lanes: Lanes) => Promise<void>,
): Promise<void> {
  const spec = await lab.session.store.spec("tune");
  await withLease(lab.session, "tune", "test", async (lease) => {
    const lanes = openLanes(lab.session, spec, lease, rows);
    await action(lanes);
    await lanes.dispose();
  });
}

describe("openLanes()", () => {
  test("compares a run with those of its own tier only", async () => {
    using lab = await labRoot();
    await lab.create("tune", {
      fidelity_tiers: ["proxy", "full"],
      pruner: { rule: "median", min_runs: 2 },
    });
    const rows = [1, 2, 3].map((iteration) => row(iteration, "proxy", 10));
    rows.push(...[4, 5, 6].map((iteration) => row(iteration, "full", 0.5)));
    await withLanes(lab, rows, async (lanes) => {
      const report = async (tier: string, iteration: number, value: number) =>
        (await lanes.of(tier)).pruning?.report(iteration, [{ step: 1, value }]) ?? null;
      // Worse than anything on proxy, and the best on its own tier.
      expect(await report("full", 7, 0.6)).toBeNull();
      expect(await report("proxy", 8, 0.6)).toContain("median");
      expect(await report("full", 9, 0.4)).toContain("median");
    });
  });

  test("shares sandboxes between tiers of one workspace, and makes others for another one", async () => {
    using lab = await labRoot();
    const [one, two] = [temporaryFolder(), temporaryFolder()];
    await lab.create("tune", {
      fidelity_tiers: ["proxy", "middle", "full"],
      workspace_root: one,
      full_workspace_root: two,
    });
    await withLanes(lab, [], async (lanes) => {
      const [proxy, middle, full] = await Promise.all(
        ["proxy", "middle", "full"].map((tier) => lanes.of(tier)),
      );
      expect(proxy?.pool).toBe(middle?.pool);
      expect(full?.pool).not.toBe(proxy?.pool);
    });
  });
});
