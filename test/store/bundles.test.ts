import { describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { RunManifest } from "../../src/domain/manifest.ts";
import {
  prepareRun,
  readBundle,
  reserveRun,
  runFolders,
  sealRun,
  setAside,
  writeMeasured,
} from "../../src/store/bundles.ts";
import { put } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";
import { sampleManifest } from "./sample-manifest.ts";

const AT = new Date("2026-11-23T18:10:37.846Z");
const FINAL: RunManifest = sampleManifest({ status: "success", value: 0.5 });
const CONTENT = {
  manifest: FINAL,
  metrics: { value: 0.5 },
  result: "# result\n",
  plan: "# plan\n",
};

function shell(cwd: string, script: string): void {
  const done = Bun.spawnSync(["sh", "-ec", script], { cwd });
  if (done.exitCode !== 0) throw new Error(done.stderr.toString());
}

describe("reserveRun()", () => {
  test("gives each of many runs of one millisecond a folder of its own, in order", () => {
    using dir = tempDir();
    const runs = join(dir.path, "not/there/yet");
    const ids = Array.from({ length: 20 }, () => reserveRun(runs, AT, "scout").run_id);
    expect(ids[0]).toMatch(/^RUN-20261123-181037-84600\d-scout$/);
    expect(new Set(ids).size).toBe(20);
    expect(runFolders(runs)).toEqual(ids);
    expect(ids.toSorted()).toEqual(ids);
  });
});

describe("readBundle()", () => {
  test("tells the states of a run apart", () => {
    using dir = tempDir();
    const { dir: run } = reserveRun(dir.path, AT, "scout");
    const kind = (): string => readBundle(run, { check: true }).kind;
    expect(readBundle(run, { check: true })).toEqual({ kind: "unfinished", manifest: null });
    prepareRun(run, sampleManifest(), "# plan\n");
    expect(readBundle(run, { check: true })).toEqual({
      kind: "unfinished",
      manifest: sampleManifest(),
    });
    writeMeasured(run, CONTENT);
    expect(readBundle(run, { check: true })).toEqual({ kind: "measured", manifest: FINAL });
    const digest = sealRun(run, FINAL.run_id, FINAL.completed_at ?? "", 1);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(readBundle(run, { check: true })).toMatchObject({
      kind: "sealed",
      manifest: FINAL,
      seal_sha256: digest,
    });
    expect(sealRun(run, FINAL.run_id, "", 2)).toBeNull();
    writeFileSync(join(run, "RESULT.md"), "# Result\n");
    expect(kind()).toBe("damaged");
    expect(readBundle(run, { check: false }).kind).toBe("sealed");
    writeFileSync(join(run, "SEALED"), "{");
    expect(readBundle(run, { check: false })).toEqual({
      kind: "damaged",
      problems: ["SEALED is not valid"],
    });
  });

  test("knows a run of the Python original", () => {
    using dir = tempDir();
    const manifest = {
      run_id: "RUN-1",
      status: "timeout",
      completed_at: "2026-01-01",
      role: "scout",
    };
    put(join(dir.path, "manifest.json"), JSON.stringify(manifest));
    expect(readBundle(dir.path, { check: true })).toMatchObject({ kind: "original" });
  });

  test("does not hang on pipes in place of its files", () => {
    using dir = tempDir();
    shell(dir.path, "mkfifo manifest.json");
    expect(readBundle(dir.path, { check: true })).toEqual({ kind: "unfinished", manifest: null });
    shell(dir.path, "mkfifo SEALED");
    expect(readBundle(dir.path, { check: true }).kind).toBe("damaged");
  });
});

describe("writeMeasured() and sealRun()", () => {
  const NAMES = ["RESULT.md", "metrics.json", "manifest.json", "SEALED", "stdout.log", "plan.md"];
  const HOSTILE: [string, string][] = [
    ["links out of the bundle", "ln -s ../outside $name"],
    ["dangling links", "ln -s ../new-file $name"],
    ["links to a device that never ends", "ln -s /dev/zero $name"],
    ["pipes", "mkfifo $name"],
    ["folders", "mkdir $name; echo mine > $name/file"],
    [
      "folders, and where they would be moved too",
      "mkdir -p $name $name.from-executor/x; echo mine > $name/file",
    ],
    ["files", "echo mine > $name"],
  ];

  test.each(HOSTILE)("write their own files over %s, inside the bundle only", (_what, script) => {
    using dir = tempDir();
    put(join(dir.path, "outside"), "untouched");
    const run = join(dir.path, "run");
    mkdirSync(run);
    for (const name of NAMES) shell(run, `name=${name}; ${script}`);
    writeMeasured(run, CONTENT);
    expect(sealRun(run, FINAL.run_id, "", 1)).not.toBeNull();
    const bundle = readBundle(run, { check: true });
    expect(bundle).toMatchObject({ kind: "sealed", manifest: FINAL });
    expect(readFileSync(join(run, "RESULT.md"), "utf8")).toBe(CONTENT.result);
    expect(JSON.parse(readFileSync(join(run, "metrics.json"), "utf8"))).toEqual(CONTENT.metrics);
    expect(readFileSync(join(dir.path, "outside"), "utf8")).toBe("untouched");
    expect(readdirSync(dir.path).sort()).toEqual(["outside", "run"]);
    // What was in a folder is kept, and part of the seal.
    if (script.includes("$name/file") && bundle.kind === "sealed") {
      const kept = Object.keys(bundle.seal.files).filter((name) => name.endsWith("/file"));
      expect(kept).toContainEqual(expect.stringMatching(/^RESULT\.md\.from-executor/));
    }
  });

  test.each([
    ["removed its folder", "rm -r run"],
    ["put a link to another folder in its place", "rm -r run; ln -s other run"],
    ["put a file in its place", "rm -r run; echo > run"],
  ])("make a real folder again when the executor %s", (_what, script) => {
    using dir = tempDir();
    const run = join(dir.path, "run");
    mkdirSync(join(dir.path, "other"));
    mkdirSync(run);
    shell(dir.path, script);
    writeMeasured(run, CONTENT);
    expect(sealRun(run, FINAL.run_id, "", 1)).not.toBeNull();
    expect(readBundle(run, { check: true }).kind).toBe("sealed");
    expect(readdirSync(join(dir.path, "other"))).toEqual([]);
  });

  test("keep the plan and the logs that are there", () => {
    using dir = tempDir();
    put(join(dir.path, "stdout.log"), "said");
    put(join(dir.path, "plan.md"), "the plan");
    writeMeasured(dir.path, CONTENT);
    expect(readFileSync(join(dir.path, "stdout.log"), "utf8")).toBe("said");
    expect(readFileSync(join(dir.path, "stderr.log"), "utf8")).toBe("");
    expect(readFileSync(join(dir.path, "plan.md"), "utf8")).toBe("the plan");
  });
});

describe("setAside()", () => {
  test("never overwrites what was set aside before", () => {
    using dir = tempDir();
    const folder = join(dir.path, "backups");
    put(join(folder, "run.1"), "a file in the way");
    for (const content of ["first", "second", "third"]) {
      put(join(dir.path, "run/file"), content);
      setAside(join(dir.path, "run"), folder);
    }
    expect(readdirSync(folder).sort()).toEqual(["run", "run.1", "run.2", "run.3"]);
    expect(readFileSync(join(folder, "run.1"), "utf8")).toBe("a file in the way");
    const contents = ["run", "run.2", "run.3"].map((name) =>
      readFileSync(join(folder, name, "file"), "utf8"),
    );
    expect(contents).toEqual(["first", "second", "third"]);
  });

  test("moves a link itself, and minds no folder that is gone", () => {
    using dir = tempDir();
    mkdirSync(join(dir.path, "target"));
    symlinkSync("target", join(dir.path, "run"));
    setAside(join(dir.path, "run"), join(dir.path, "backups"));
    expect(existsSync(join(dir.path, "target"))).toBe(true);
    expect(readdirSync(join(dir.path, "backups"))).toEqual(["run"]);
    rmSync(join(dir.path, "target"), { recursive: true });
    expect(() => setAside(join(dir.path, "gone"), join(dir.path, "backups"))).not.toThrow();
  });
});
