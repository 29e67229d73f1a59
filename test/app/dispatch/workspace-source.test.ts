import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workspaceSource } from "../../../src/app/dispatch/workspace-source.ts";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { writeTree } from "../../../src/store/file-trees.ts";
import { labRoot, type LabRoot } from "../../helpers/lab-root.ts";

async function made(lab: LabRoot, fields: Record<string, unknown> = {}): Promise<Spec> {
  const root = join(lab.layout.root, "..", "ws");
  mkdirSync(join(root, ".git"), { recursive: true });
  writeFileSync(join(root, "train.py"), "print(1)");
  await lab.create("alpha", { workspace_root: root, ...fields });
  return lab.session.store.spec("alpha");
}

const take = (lab: LabRoot, spec: Spec) =>
  workspaceSource(lab.layout, spec, openBlobs(lab.layout.blobs), lab.lab.log);

describe("workspaceSource()", () => {
  test("is a tree without .git and without the data root, the same until something changes", async () => {
    using lab = await labRoot();
    const spec = await made(lab);
    const workspace = take(lab, { ...spec, workspace_root: join(lab.layout.root, "..") });
    const first = await workspace();
    if (first?.kind !== "tree") throw new Error("no tree");
    const blobs = openBlobs(lab.layout.blobs);
    const tree = JSON.parse(await Bun.file(blobs.path(first.digest)).text());
    const target = join(lab.layout.root, "..", "copy");
    writeTree(tree, target, blobs);
    expect(existsSync(join(target, "ws", "train.py"))).toBe(true);
    expect(existsSync(join(target, "ws", ".git"))).toBe(false);
    expect(existsSync(join(target, "lab-data"))).toBe(false);
    const other = take(lab, spec);
    const before = await other();
    expect(await other()).toEqual(before);
    writeFileSync(join(spec.workspace_root, "train.py"), "print(22)");
    expect(await other()).not.toEqual(before);
  });

  test("says in one line that it is too large, and how to make it smaller", async () => {
    using lab = await labRoot();
    const spec = await made(lab);
    const large = join(spec.workspace_root, "data.bin");
    writeFileSync(large, "");
    truncateSync(large, 2 * 1024 ** 3 + 1);
    const refused: unknown = await take(lab, spec)().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "usage",
      message: expect.stringMatching(/has more than 50,000 entries or 2 GiB$/),
      hint: expect.stringContaining("link large data in from outside"),
    });
  });

  test("is nothing where the SPEC names none", async () => {
    using lab = await labRoot();
    const spec = await made(lab);
    expect(await take(lab, { ...spec, workspace_root: "" })()).toBeNull();
  });
});
