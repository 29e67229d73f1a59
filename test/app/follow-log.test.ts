import { expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { claimByHand } from "../../src/app/dispatch/claim.ts";
import { completeByHand } from "../../src/app/dispatch/complete.ts";
import { folderQueueRunner } from "../../src/app/dispatch/folder-queue.ts";
import { ingestFolder } from "../../src/app/dispatch/ingest-folder.ts";
import { logText } from "../../src/app/follow-log.ts";
import { runOnce } from "../../src/app/run-once.ts";
import { findRun } from "../../src/app/show.ts";
import { labRoot } from "../helpers/lab-root.ts";

test("a run that others execute is followed until it is sealed, without anybody's lease", async () => {
  using lab = await labRoot();
  await lab.create("alpha");
  const limits = { max_runs: 1, executor_classes: [] };
  const { signal } = new AbortController();
  await runOnce(lab.session, { ...limits, signal, remote: folderQueueRunner(lab.session) });
  const [claimed] = claimByHand(lab.session, { ...limits, worker: "me" });
  const { dispatch_id, dir } = claimed ?? { dispatch_id: "", dir: "" };

  const session = await lab.open();
  const run = await findRun(session, "latest", "alpha");
  const text = logText(session, run, "stdout", { follow: true, stopped: () => false });
  for (const line of ["one\n", "two\n"]) {
    appendFileSync(join(run.dir, "stdout.log"), line);
    expect(await text.next()).toEqual({ done: false, value: line });
  }
  writeFileSync(join(dir, "run", "metrics.json"), '{"value": 1}');
  completeByHand(lab.session, { dispatch_id, outcome: "success", worker: "" });
  await ingestFolder(lab.session, { ids: [], max_runs: 10 });
  expect((await text.next()).done).toBeTrue();
  session.store.close();
});
