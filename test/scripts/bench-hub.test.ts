import { expect, test } from "bun:test";
import { replay } from "../../scripts/bench-hub/replay.ts";
import { quantile, renderRows, row } from "../../scripts/bench-hub/row.ts";
import { runLoad, submitAll } from "../../scripts/bench-hub/throughput.ts";
import { startHub } from "../../scripts/bench-hub/start-hub.ts";
import { transfer } from "../../scripts/bench-hub/transfer.ts";
import { join } from "node:path";
import { tempDir } from "../helpers/temp.ts";

const machine = {
  date: "2026-11-27",
  labctl: "0.2.0",
  bun: "1.4.5",
  system: "Linux",
  cores: 2,
  memory_gib: 24,
  file_system: "ext4",
  load: 0,
};

test("renderRows() names what was missed", () => {
  const rows = [
    row("quick", "1 ms", { target: "<= 2 ms", ok: true }),
    row("slow", "3 ms", { target: "<= 2 ms", ok: false }),
  ];
  const text = renderRows(machine, [{ title: "Times", rows }]);
  expect(text).toContain("slow   3 ms             <= 2 ms  MISS");
  expect(text).toEndWith("1 of 2 targets missed:\n  slow");
});

test("quantile() is one of the values", () => {
  expect([0, 0.5, 0.99, 1].map((share) => quantile([3, 1, 2], share))).toEqual([1, 2, 3, 3]);
});

test("simulated workers end every package once", async () => {
  using dir = tempDir();
  await using hub = await startHub(join(dir.path, "hub"), 8);
  await submitAll(hub, 100);
  const { done, pair_ms } = await runLoad(hub, { run_ms: 0, tasks: 100 });
  expect([done, pair_ms.length]).toEqual([100, 100]);
});

test("the replayed and the transferred are measured", async () => {
  using dir = tempDir();
  const groups = [await replay(dir.path, 2000), await transfer(dir.path, 9)];
  const words = groups.flatMap(({ rows }) => rows.map(({ what }) => what)).join();
  expect(words).toContain("2,000 events");
  expect(words).toContain("upload, hashed and synced");
});
