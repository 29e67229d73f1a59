import { expect, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderQueueRunner } from "../../src/app/dispatch/folder-queue.ts";
import { runOnce } from "../../src/app/run-once.ts";
import { collectBlobs, KEEP_MS } from "../../src/hub/blobs/collect.ts";
import { openBlobs, type Blobs } from "../../src/store/blobs.ts";
import { readPackage } from "../../src/store/package-state.ts";
import { runPackage } from "./sample-packages.ts";
import { labRoot, put, type LabRoot } from "../helpers/lab-root.ts";

function blobsOf({ layout }: LabRoot): Blobs {
  return openBlobs(layout.blobs);
}

/** A blob that was sent that many days ago. */
function blob(lab: LabRoot, content: string, days = 3): string {
  const blobs = blobsOf(lab);
  const { digest } = blobs.addBytes(Buffer.from(content));
  const at = new Date(lab.clock.now().getTime() - days * KEEP_MS);
  utimesSync(blobs.path(digest), at, at);
  return digest;
}

const tree = (digest: string): string =>
  JSON.stringify({ schema_version: 1, entries: [{ kind: "file", sha256: digest }] });

test("content that nobody names goes after a day", async () => {
  using lab = await labRoot();
  const [old, young] = [blob(lab, "old"), blob(lab, "young", 0.5)];
  expect(await collectBlobs(lab.layout, lab.clock.now())).toEqual({
    removed: 1,
    freed_bytes: 3,
    kept: 1,
    kept_bytes: 5,
  });
  expect([old, young].map((digest) => blobsOf(lab).has(digest))).toEqual([false, true]);
});

test("what was asked for a moment ago stays: a result that names it may be on the way", async () => {
  using lab = await labRoot();
  const digest = blob(lab, "old");
  expect(blobsOf(lab).renew(digest)).toBeTrue();
  expect(await collectBlobs(lab.layout, new Date())).toMatchObject({ removed: 0, kept: 1 });
});

test("the workspace and the results of an open package stay", async () => {
  using lab = await labRoot();
  const workspace = join(lab.lab.root, "..", "workspace");
  put(join(workspace, "train.py"), "print(1)");
  await lab.create("alpha", { workspace_root: workspace });
  await runOnce(lab.session, {
    max_runs: 1,
    executor_classes: [],
    signal: new AbortController().signal,
    remote: folderQueueRunner(lab.session),
  });
  const [id = ""] = [
    ...new Bun.Glob("DISPATCH-*").scanSync({ cwd: lab.layout.packages, onlyFiles: false }),
  ];
  expect(readPackage(lab.layout.packages, id).workspace?.kind).toBe("tree");
  for (const { digest } of blobsOf(lab).list()) {
    utimesSync(blobsOf(lab).path(digest), 1, 1);
  }
  const result = blob(lab, "a result");
  put(join(lab.layout.packages, id, "attempts", "000001.result.json"), tree(result));
  const collected = await collectBlobs(lab.layout, lab.clock.now());
  expect(collected.removed).toBe(0);
  expect(collected.kept).toBeGreaterThan(2);
  writeFileSync(join(lab.layout.packages, id, "ENDED"), "{}");
  expect((await collectBlobs(lab.layout, lab.clock.now())).kept).toBe(0);
});

test("results that wait, and what is in quarantine, keep their content", async () => {
  using lab = await labRoot();
  const [waiting, late] = [blob(lab, "waiting"), blob(lab, "late")];
  put(join(lab.layout.hub, "results", "a.1.json"), tree(waiting));
  put(join(lab.layout.dispatch, "quarantine", "some", "where", "late.json"), tree(late));
  await collectBlobs(lab.layout, lab.clock.now());
  expect([waiting, late].map((digest) => blobsOf(lab).has(digest))).toEqual([true, true]);
});

test("content that came after the oldest open package of the hub stays: its results are in a journal", async () => {
  using lab = await labRoot();
  const [before, after] = [blob(lab, "before", 8), blob(lab, "after", 3)];
  const created_at = new Date(lab.clock.now().getTime() - 5 * KEEP_MS).toISOString();
  const pack = { ...runPackage(1), created_at };
  put(join(lab.layout.hubPackages, `${pack.id}.json`), JSON.stringify(pack));
  await collectBlobs(lab.layout, lab.clock.now());
  expect([before, after].map((digest) => blobsOf(lab).has(digest))).toEqual([false, true]);
});

test("what a receiver that was killed left goes too", async () => {
  using lab = await labRoot();
  const path = join(lab.layout.blobs, ".tmp-1-1-abc");
  put(path, "half");
  utimesSync(path, 1, 1);
  await collectBlobs(lab.layout, lab.clock.now());
  expect(await Bun.file(path).exists()).toBeFalse();
});
