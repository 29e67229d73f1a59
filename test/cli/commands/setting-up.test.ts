import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctl } from "../../helpers/cli.ts";
import { specText, testLab } from "../../helpers/lab.ts";
import { tempDir } from "../../helpers/temp.ts";

describe("labctl init", () => {
  test("makes a lab, completes one that lacks something, and keeps what people wrote", async () => {
    using dir = tempDir();
    const root = join(dir.path, "deep", "lab");
    const first = await labctl(["init", "--data-root", root]);
    expect(first).toEqual({ code: 0, stdout: `initialized: ${root}\n`, stderr: "" });
    writeFileSync(join(root, "PROGRAM.md"), "mine");
    rmSync(join(root, "LAB-STATUS.md"));
    const again = await labctl(["init", "--json"], { env: { HERMES_LAB_DATA_ROOT: root } });
    expect(JSON.parse(again.stdout)).toMatchObject({
      schema: "labctl/init/v1",
      ok: true,
      command: "init",
      data: { data_root: root, created: false },
    });
    expect(await Bun.file(join(root, "PROGRAM.md")).text()).toBe("mine");
    expect(existsSync(join(root, "LAB-STATUS.md"))).toBeTrue();
  });

  test("refuses a file, and a folder below a file", async () => {
    using dir = tempDir();
    const file = join(dir.path, "file");
    writeFileSync(file, "");
    const onFile = await labctl(["init", "--data-root", file]);
    expect(onFile.code).toBe(2);
    expect(onFile.stderr).toBe(
      `labctl: Data root is not a folder: ${file}. Fix: name a folder with --data-root or HERMES_LAB_DATA_ROOT\n`,
    );
    const below = await labctl(["init", "--data-root", join(file, "lab")]);
    expect(below.code).toBe(2);
    expect(below.stderr).toMatch(/^labctl: Data root is not a folder: [^\n]*\n$/);
  });
});

describe("labctl templates, new", () => {
  test("lists every template, and writes one that its README's commands run", async () => {
    using lab = await testLab();
    const listed = await lab.json("templates");
    expect(listed).toMatchObject({ code: 0, schema: "labctl/templates/v1" });
    const { stdout } = await lab.labctl("templates");
    expect(stdout).toMatch(/^autoresearch-generic {2,}Any experiment: .*$/m);
    expect(stdout.trim().split("\n")).toHaveLength(5);

    const made = await lab.json("new", "autoresearch-generic");
    expect(made).toMatchObject({
      code: 0,
      data: { template: "autoresearch-generic", dir: join(lab.dir, "autoresearch-generic") },
      next: [
        { command: "labctl init" },
        { command: "labctl create autoresearch-generic/spec.yaml" },
      ],
    });
    const created = await lab.json("create", "autoresearch-generic/spec.yaml");
    expect(created).toMatchObject({
      code: 0,
      data: { experiment: "example-autoresearch-loop" },
      warnings: [],
      next: [
        { command: "labctl burst example-autoresearch-loop -n 20" },
        { command: "labctl run-once" },
      ],
    });
    expect((await lab.labctl("run-once")).stdout).toContain("(success)");
  });

  test("fills an empty folder, and leaves one that is not empty as it is", async () => {
    using dir = tempDir();
    mkdirSync(join(dir.path, "here"));
    const options = { cwd: join(dir.path, "here") };
    const { code, stdout } = await labctl(["new", "code-autoresearch", "."], options);
    expect(code).toBe(0);
    expect(stdout).toStartWith(`created: ${options.cwd}\n  README.md\n  spec.yaml\n`);
    expect(readdirSync(options.cwd).toSorted()).toEqual(["README.md", "spec.yaml", "workspace"]);

    const again = await labctl(["new", "research-sprint", "."], options);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("is not empty: it has");
    const onFile = await labctl(["new", "research-sprint", "spec.yaml"], options);
    expect(onFile).toMatchObject({ code: 2, stdout: "" });
    const unknown = await labctl(["new", "reserch-sprint"], options);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("did you mean research-sprint?");
    expect(readdirSync(options.cwd)).toHaveLength(3);
  });
});

describe("labctl validate, create", () => {
  const wrong = "id: e1\nmetric_direction: up\nprioritty: high\n";

  test("validate shows every problem at once and needs no lab", async () => {
    using dir = tempDir();
    const options = { cwd: dir.path };
    writeFileSync(join(dir.path, "wrong.yaml"), wrong);
    writeFileSync(join(dir.path, "right.yaml"), specText("e1"));
    const bad = await labctl(["validate", "wrong.yaml"], options);
    expect(bad).toMatchObject({ code: 2, stdout: "" });
    expect(bad.stderr).toContain("wrong.yaml:2:19 metric_direction");
    expect(bad.stderr).toContain("wrong.yaml:3:1 prioritty");
    const { stdout } = await labctl(["validate", "wrong.yaml", "--json"], options);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "usage" } });
    expect(JSON.parse(stdout).error.details).toHaveLength(2);

    const good = await labctl(["validate", "right.yaml"], options);
    expect(good).toEqual({ code: 0, stdout: "valid: right.yaml (e1)\n", stderr: "" });
    const json = await labctl(["validate", "-", "--json"], { ...options, stdin: specText("e1") });
    expect(JSON.parse(json.stdout)).toMatchObject({
      data: { experiment: "e1", spec: { metric_direction: "maximize" } },
    });
    expect(readdirSync(dir.path).toSorted()).toEqual(["right.yaml", "wrong.yaml"]);
  });

  test("create registers once, by both names, from a file and from standard input", async () => {
    using lab = await testLab(specText("e1"));
    const spec = lab.write("e2.yaml", specText("e2", "echo 1", "workspace_root: nowhere\n"));
    const created = await lab.labctl("add-task", spec);
    expect(created.stdout).toBe("created experiment: e2\n");
    expect(created.stderr).toContain("labctl: warning: workspace_root");
    const again = await lab.labctl("create", spec);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("experiment e2 already exists");
    const { stdout } = await lab.labctl("list");
    expect(stdout.match(/^e[12]\tqueued\t/gm)).toHaveLength(2);
  });

  test("create leaves nothing behind when it refuses", async () => {
    using lab = await testLab();
    lab.write("wrong.yaml", wrong);
    lab.write("escape.yaml", specText("../../x"));
    lab.write("latin.yaml", "");
    writeFileSync(join(lab.dir, "latin.yaml"), Buffer.from([0x69, 0x64, 0x3a, 0xff]));
    const refused = await Promise.all([
      lab.labctl("create", "absent.yaml"),
      lab.labctl("create", "wrong.yaml"),
      lab.labctl("create", "escape.yaml"),
      lab.labctl("create", "latin.yaml"),
      lab.labctl("create", "."),
      lab.labctl("create", "-"),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([8, 2, 2, 2, 2, 2]);
    expect(refused[0]?.stderr).toMatch(/^labctl: File not found: absent\.yaml\. Fix: [^\n]*\n$/);
    expect(refused[3]?.stderr).toContain("latin.yaml is not UTF-8 text");
    expect(refused[4]?.stderr).toContain(". is a folder");
    for (const { stdout, stderr } of refused) {
      expect(stdout).toBe("");
      expect(stderr).not.toContain("internal error");
    }
    expect(readdirSync(join(lab.root, "experiments"))).toEqual([]);
    expect((await lab.labctl("list")).stdout).toBe("No experiments\n");
  });
});
