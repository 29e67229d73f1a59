import { expect, test } from "bun:test";
import { existsSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { workspaceSource } from "../../../src/app/dispatch/workspace-source.ts";
import { collectBlobs } from "../../../src/hub/blobs/collect.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { labRoot, put } from "../../helpers/lab-root.ts";

test("a workspace that a burst still takes is not garbage, however old it is", async () => {
  using lab = await labRoot();
  const workspace = join(lab.lab.root, "..", "workspace");
  put(join(workspace, "train.py"), "print(1)");
  put(join(workspace, "data.bin"), new Uint8Array(100_000));
  await lab.create("alpha", { workspace_root: workspace });
  const blobs = openBlobs(lab.layout.blobs);
  const spec = await lab.session.store.spec("alpha");
  const take = workspaceSource(lab.layout, spec, blobs, lab.lab.log);
  const source = await take();
  const digests = [...blobs.list()].map(({ digest }) => digest);
  expect(digests.length).toBe(3);
  const age = (): void => digests.forEach((digest) => utimesSync(blobs.path(digest), 1, 1));

  age();
  expect(await take()).toEqual(source);
  expect(await collectBlobs(lab.layout, new Date())).toMatchObject({ removed: 0, kept: 3 });

  age();
  expect(await collectBlobs(lab.layout, new Date())).toMatchObject({ removed: 3 });
  expect(await take()).toEqual(source);
  for (const digest of digests) expect(existsSync(blobs.path(digest))).toBeTrue();
});
