import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { labctl } from "../../helpers/cli.ts";
import { specText, testLab } from "../../helpers/lab.ts";

describe("dispatch-ready, -work and -ingest", () => {
  test("take what is due to the history, by files alone", async () => {
    using lab = await testLab(specText("alpha", "echo 0.25"), specText("beta", "echo 0.75"));
    const env = { XDG_STATE_HOME: join(lab.dir, "state") };
    const run = (...args: string[]) => labctl(args, { cwd: lab.dir, env });
    const ready = await run("dispatch-ready");
    expect(ready.stdout).toMatch(
      /^queued dispatch DISPATCH-\S+-alpha for alpha \[default\] as scout\n/,
    );
    expect((await run("dispatch-ready")).stdout).toBe("No eligible experiments\n");
    const status = await run("status");
    expect(status.stdout).toContain("ready: 2");

    const worked = await run("dispatch-work", "--max-runs", "1");
    expect(worked.stdout).toMatch(
      /^completed dispatch DISPATCH-\S+-alpha for alpha \[default\] \(success\)\n$/,
    );
    const claimed = await run("dispatch-claim", "--worker", "me");
    expect(claimed.stdout).toMatch(/^DISPATCH-\S+-beta\t\/.*-beta\n$/);
    expect((await run("dispatch-work")).stdout).toBe("No ready dispatch packages\n");
    // Whoever claimed it by hand may have it run after all.
    expect((await run("dispatch-work", "--worker", "me")).stdout).toContain("(success)");

    const ingested = await run("dispatch-ingest");
    expect(ingested.stdout.split("\n").filter((line) => line !== "")).toHaveLength(2);
    expect(ingested.stdout).toMatch(
      /ingested dispatch DISPATCH-\S+-alpha into alpha\/RUN-\S+-scout/,
    );
    expect((await run("dispatch-ingest")).stdout).toBe("No complete dispatch packages\n");
    const rows = await lab.json("list");
    expect(JSON.stringify(rows.data)).toContain('"best_metric_value":0.75');
    expect((await run("verify")).code).toBe(0);
    expect(readdirSync(join(lab.root, "dispatch", "complete"))).toEqual([]);
  }, 30_000);

  test("a failure of the candidate is a result: nothing is given back or lost", async () => {
    using lab = await testLab(specText("alpha", '"false"'));
    const env = { XDG_STATE_HOME: join(lab.dir, "state") };
    const run = (...args: string[]) => labctl([...args, "--json"], { cwd: lab.dir, env });
    await run("dispatch-ready");
    const worked = await run("dispatch-work");
    expect(JSON.parse(worked.stdout).data.completed).toMatchObject([
      { outcome: "failed", counts: true, tier: "default" },
    ]);
    await run("dispatch-ingest");
    const shown = await run("runs", "alpha");
    expect(JSON.parse(shown.stdout).data.runs).toMatchObject([{ outcome: "failed", value: null }]);
  }, 30_000);
});
