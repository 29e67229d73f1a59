import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctl } from "../../helpers/cli.ts";
import { specText, testLab } from "../../helpers/lab.ts";
import { tempDir } from "../../helpers/temp.ts";

/** Every command that needs a lab, with arguments that are right. */
const COMMANDS = [
  ["create", "spec.yaml"],
  ["status"],
  ["list"],
  ["show", "e1"],
  ["runs", "e1"],
  ["logs", "latest"],
  ["pause", "e1"],
  ["resume", "e1"],
  ["complete", "e1"],
  ["set-fidelity", "e1", "default"],
  ["digest"],
  ["weekly-digest"],
  ["refresh"],
  ["watchdog"],
  ["recover"],
  ["verify"],
];

describe.each(COMMANDS)("labctl %s", (...words) => {
  test("refuses a data root that is missing, a file, or some folder, and makes nothing", async () => {
    using dir = tempDir();
    writeFileSync(join(dir.path, "spec.yaml"), specText("e1"));
    mkdirSync(join(dir.path, "folder"));
    const at = (root: string) => labctl([...words, "--data-root", root], { cwd: dir.path });
    const [missing, file, folder] = await Promise.all([at("none"), at("spec.yaml"), at("folder")]);
    expect(missing).toEqual({
      code: 8,
      stdout: "",
      stderr: `labctl: Data root does not exist: ${join(dir.path, "none")}. Fix: run \`labctl init\` first, or name another with --data-root or HERMES_LAB_DATA_ROOT\n`,
    });
    expect(file?.code).toBe(2);
    expect(file?.stderr).toMatch(/^labctl: Data root is not a folder: [^\n]*\n$/);
    expect(folder?.code).toBe(8);
    expect(folder?.stderr).toMatch(/^labctl: \S+ is not a data root: [^\n]*\n$/);
    expect([...new Bun.Glob("**").scanSync({ cwd: dir.path, dot: true })]).toEqual(["spec.yaml"]);
  });
});

describe.skipIf(process.getuid?.() === 0)("a read-only data root", () => {
  test("can be looked at, and refuses every change with one line", async () => {
    using lab = await testLab(specText("e1"));
    await lab.labctl("run-once");
    lab.write("spec.yaml", specText("e2"));
    const all = [...new Bun.Glob("**").scanSync({ cwd: lab.root, dot: true, onlyFiles: false })];
    const setWritable = (on: boolean): void => {
      for (const path of ["", ...all]) {
        const isFolder = path === "" || !/\.[a-z0-9]+$|SEALED$/i.test(path);
        chmodSync(join(lab.root, path), isFolder ? (on ? 0o755 : 0o555) : on ? 0o644 : 0o444);
      }
    };
    setWritable(false);
    try {
      for (const words of [
        ["status"],
        ["list"],
        ["show", "e1"],
        ["runs", "e1"],
        ["logs", "best"],
      ]) {
        expect(await lab.labctl(...words)).toMatchObject({ code: 0, stderr: "" });
      }
      for (const words of [["create", "spec.yaml"], ["pause", "e1"], ["refresh"], ["digest"]]) {
        const { code, stdout, stderr } = await lab.labctl(...words);
        expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
        expect(stderr).toMatch(/^labctl: .*permission[^\n]*\n$/);
      }
      expect(readdirSync(join(lab.root, "experiments"))).toEqual(["e1"]);
    } finally {
      setWritable(true);
    }
  });
});
