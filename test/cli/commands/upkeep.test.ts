import { describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { specText, testLab } from "../../helpers/lab.ts";

describe("refresh, digest, weekly-digest, watchdog, recover, verify", () => {
  test("say in the original's words what they did in a healthy lab", async () => {
    using lab = await testLab(specText("e1"));
    await lab.labctl("run-once");
    const status = join(lab.root, "LAB-STATUS.md");
    const before = readFileSync(status, "utf8");
    rmSync(status);
    expect((await lab.labctl("refresh")).stdout).toBe(`LAB-STATUS.md refreshed: ${status}\n`);
    expect(readFileSync(status, "utf8")).toBe(before);

    const digest = (await lab.labctl("digest")).stdout;
    expect(digest).toMatch(/^digest written: \S+\/digests\/daily\/\d{4}-\d\d-\d\d\.md\n$/);
    expect(readFileSync(digest.slice("digest written: ".length, -1), "utf8")).toContain("e1");
    expect((await lab.labctl("weekly-digest")).stdout).toMatch(
      /^weekly digest written: \S+\/digests\/weekly\/\d{4}-W\d\d\.md\n$/,
    );
    expect((await lab.labctl("watchdog", "--repair")).stdout).toMatch(
      /^free_gb: [\d.]+\nalerts: none\n$/,
    );
    expect((await lab.labctl("recover")).stdout).toBe(
      "Hermes Lab Recovery Complete\n  Nothing to clean up. Lab is healthy.\n",
    );
    expect((await lab.labctl("verify")).stdout).toMatch(
      /^ledger lines: \d+\nrun bundles: 1\nderived files: \d+\nfindings: none\n$/,
    );
  });

  test("answer programs in one envelope", async () => {
    using lab = await testLab(specText("e1"));
    const commands = ["refresh", "digest", "weekly-digest", "watchdog", "recover", "verify"];
    const expected: Record<string, object> = {
      refresh: { path: join(lab.root, "LAB-STATUS.md"), experiments: 1 },
      watchdog: { alerts: [], reclaimed_leases: [], repaired: [] },
      recover: { healthy: true, reclaimed: [], alerts: [] },
      verify: { bundles: 0, findings: [] },
    };
    for (const command of commands) {
      expect(await lab.json(command)).toMatchObject({
        code: 0,
        schema: `labctl/${command}/v1`,
        ok: true,
        command,
        data: expected[command] ?? { path: expect.stringContaining("digests") },
        warnings: [],
      });
    }
  });

  test("verify names damage and exits 10 until recover has put it on record", async () => {
    using lab = await testLab(specText("e1"), specText("e2"));
    await lab.labctl("run-once");
    const runs = join(lab.root, "experiments/e1/runs");
    const [run = ""] = readdirSync(runs);
    appendFileSync(join(runs, run, "RESULT.md"), "changed");
    appendFileSync(join(lab.root, "registry/events.jsonl"), '{"torn');
    const damaged = await lab.labctl("verify");
    expect(damaged.code).toBe(10);
    expect(damaged.stdout).toContain(`  - experiments/e1/runs/${run}: `);
    expect(damaged.stdout).toContain("  - registry/events.jsonl: bytes ");
    expect(damaged.stderr).toMatch(/^labctl: \d findings\. Fix: run `labctl recover`[^\n]*\n$/);
    expect(await lab.json("verify")).toMatchObject({
      code: 10,
      ok: false,
      error: { code: "damaged" },
      data: { bundles: 2 },
    });
    expect((await lab.labctl("watchdog")).stdout).toContain(
      `alerts:\n  - registry/events.jsonl: bytes `,
    );
    const recovered = await lab.labctl("recover");
    expect(recovered.stdout).toContain(`  Damage put on record: experiments/e1/runs/${run}: `);
    expect((await lab.labctl("verify")).code).toBe(0);
  });
});
