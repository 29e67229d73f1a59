import { expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { openRemoteRunner } from "../../src/app/dispatch/remote-runner.ts";
import { logText } from "../../src/app/follow-log.ts";
import { iterate } from "../../src/app/iterate.ts";
import { findRun } from "../../src/app/show.ts";
import { labRoot } from "../helpers/lab-root.ts";
import { reportOf, scriptedQueue } from "../helpers/scripted-queue.ts";

test("a run that others execute is followed until it is sealed", async () => {
  using lab = await labRoot();
  await lab.create("alpha", {
    search_space: { x: { low: 0, high: 1 } },
    validation_command: "true",
  });
  const submitted = Promise.withResolvers<string>();
  const queue = scriptedQueue(await lab.open(), ({ id }) => {
    submitted.resolve(id);
    return null;
  });
  const remote = openRemoteRunner(lab.session, queue, "alpha");
  const never = new AbortController().signal;
  const burst = iterate(lab.session, {
    experiment: "alpha",
    mode: "burst",
    arms: ["random"],
    iterations: 1,
    jobs: 1,
    worker: "",
    direction: null,
    pause_ms: 0,
    keep_going: false,
    seed: 7,
    search_space: null,
    stopSoon: never,
    stopNow: never,
    remote,
  });
  const id = await submitted.promise;
  const session = await lab.open();
  const run = await findRun(session, "latest", "alpha");
  const log = join(run.dir, "stdout.log");
  const text = logText(session, run, "stdout", { follow: true, stopped: () => false });
  appendFileSync(log, "one\n");
  expect((await text.next()).value).toBe("one\n");
  appendFileSync(log, "two\n");
  expect((await text.next()).value).toBe("two\n");
  await queue.finish(id, reportOf(1));
  expect((await text.next()).done).toBeTrue();
  await burst;
  remote.close();
  session.store.close();
});
