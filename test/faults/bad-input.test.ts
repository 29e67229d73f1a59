import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLabctl } from "../helpers/binary.ts";
import type { CliResult } from "../helpers/cli.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, filesBelow } from "../helpers/lab-checks.ts";
import { tempDir } from "../helpers/temp.ts";

/** One line with cause and fix, the documented exit code, nothing on stdout, no stack trace. */
function expectOneLine(result: CliResult, code: number, cause: string | RegExp): void {
  const [line = "", ...details] = result.stderr.trimEnd().split("\n");
  expect({ ...result, line }).toMatchObject({ code, stdout: "" });
  expect(line).toMatch(/^labctl: .+\. (Fix: |See ').+|^labctl: .+; did you mean .+/);
  expect(line).toMatch(cause);
  expect(details.filter((detail) => !/^ {2}\S/.test(detail))).toEqual([]);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

/** A SPEC that is fine but for what is given. */
function specText(fields: object): string {
  return JSON.stringify({ id: "new", metric: "value", executor_command: "echo 3", ...fields });
}

const USAGE: [what: string, argv: string, cause: string | RegExp][] = [
  ["an unknown command", "brust known", "did you mean burst?"],
  ["an unknown flag", "burst known --iteration 3", "did you mean --iterations?"],
  ["a flag without its value", "burst known -n", "-n needs a value"],
  ["a number that is none", "burst known -n many", "many"],
  ["a number out of range", "burst known -n 0", /at least 1|1 to/],
  ["an unknown strategy", "burst known --strategy perturbb", "perturb"],
  ["an unknown strategy of a swarm", "swarm known --strategies random nosuch", "nosuch"],
  ["a contradicting direction", "burst known --direction maximize", "contradicts the SPEC"],
  ["a missing search space", "burst known --search-space nowhere.json", "nowhere.json"],
  ["an unknown tier", "set-fidelity known gold", "gold"],
  ["a missing argument", "pause", "<experiment>"],
  ["an argument too many", "pause known other", "other"],
  ["no command", "", "no command given"],
];

const NOT_FOUND: [argv: string, cause: string][] = [
  ["burst nobody", "nobody"],
  ["guided nobody --yes", "nobody"],
  ["swarm nobody", "nobody"],
  ["show nobody", "nobody"],
  ["runs nobody", "nobody"],
  ["pause nobody", "nobody"],
  ["resume nobody", "nobody"],
  ["complete nobody", "nobody"],
  ["set-fidelity nobody default", "nobody"],
  ["logs RUN-nobody", "RUN-nobody"],
  ["create nowhere.yaml", "nowhere.yaml"],
  ["validate nowhere.yaml", "nowhere.yaml"],
  ["status --data-root nowhere", "nowhere"],
];

const SPECS: [what: string, text: string, cause: RegExp][] = [
  ["an id with a slash", specText({ id: "a/b" }), /1:\d+ id: .*a\/b/],
  ["an id with dots", specText({ id: ".." }), /1:\d+ id: /],
  ["an id that leaves the lab", specText({ id: "../../evil" }), /1:\d+ id: /],
  ["an id of 300 characters", specText({ id: "x".repeat(300) }), /at most 100 characters, got 300/],
  ["an id that is a number", specText({ id: 42 }), /1:\d+ id: .*42/],
  ["an empty id", specText({ id: "" }), /1:\d+ id: /],
  ["an id with a line break", specText({ id: "a\nb" }), /1:\d+ id: /],
  ["an id that is taken", specText({ id: "known" }), /known already exists/],
  ["no id", JSON.stringify({ metric: "value" }), /id/],
  ["an unknown field", specText({ metrik: "loss" }), /metrik: .*did you mean metric/],
  ["a direction that is none", specText({ metric_direction: "up" }), /maximize or minimize.*up/],
  ["YAML that does not parse", "id: [a\nmetric: value\n", /2:\d+/],
  ["YAML with a key twice", "id: a\nid: b\n", /2:\d+/],
  ["YAML that is a list", "- a\n- b\n", /1:1/],
  ["an empty file", "", /empty|expected/],
  ["a file of zeros", "\0".repeat(100), /1:1|expected/],
];

let lab: FaultLab;
let before: string[];

beforeAll(async () => {
  lab = await faultLab();
  await lab.create({ id: "known" });
  before = files();
});

afterAll(async () => {
  await assertClean(lab);
  await lab[Symbol.asyncDispose]();
});

/** All files but the SPEC under test, and leases that were given back: those are a count. */
function files(): string[] {
  return filesBelow(lab.dir).filter((path) => !/^bad\.yaml$|\/registry\/locks\//.test(path));
}

/** Nothing was made or removed. */
function expectNothingLeft(): void {
  expect(files()).toEqual(before);
}

const words = (line: string): string[] => line.split(" ").filter((word) => word !== "");

test.each(USAGE)("%s is a usage error", async (_, argv, cause) => {
  expectOneLine(await lab.labctl(...words(argv)), 2, cause);
  expectNothingLeft();
});

test.each(NOT_FOUND)("%s names what there is not", async (argv, cause) => {
  expectOneLine(await lab.labctl(...words(argv)), 8, cause);
  expectNothingLeft();
});

test("new names the template that there is not", async () => {
  const result = await lab.labctl("new", "nosuch", "folder");
  expect([2, 8]).toContain(result.code);
  expectOneLine(result, result.code, "nosuch");
  expectNothingLeft();
});

test.each(SPECS)("a SPEC with %s is refused", async (_, text, cause) => {
  writeFileSync(join(lab.dir, "bad.yaml"), text);
  const result = await lab.labctl("create", "bad.yaml");
  expectOneLine(result, 2, /^labctl: /);
  expect(result.stderr).toMatch(cause);
  expectNothingLeft();
});

test("--json says the same on stdout", async () => {
  const { code, stdout } = await lab.labctl("burst", "nobody", "--json");
  expect(code).toBe(8);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: "not-found" } });
});

describe("a data root", () => {
  test("that is a file", async () => {
    writeFileSync(join(lab.dir, "bad.yaml"), "");
    for (const command of ["init", "status", "run-once"]) {
      expectOneLine(await lab.labctl(command, "--data-root", "bad.yaml"), 2, "not a folder");
    }
  });

  test("that is some other folder", async () => {
    expectOneLine(await lab.labctl("status", "--data-root", "workspace"), 8, "not a data root");
    expectNothingLeft();
  });

  const root = process.getuid?.() === 0 && Bun.which("setpriv") !== null;
  if (!root) console.log("skipped: unreadable data root (needs root and setpriv)");
  test.if(root)("that another user may not read or write", async () => {
    using dir = tempDir();
    chmodSync(dir.path, 0o755);
    const options = { cwd: dir.path, env: { HERMES_LAB_DATA_ROOT: join(dir.path, "lab-data") } };
    writeFileSync(join(dir.path, "spec.yaml"), specText({}));
    expect(await runLabctl(["init"], options)).toMatchObject({ code: 0 });
    const made = filesBelow(dir.path);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    for (const mode of [0o755, 0o700]) {
      chmodSync(join(dir.path, "lab-data"), mode);
      const commands = ["create spec.yaml", "init --data-root other", "init --data-root other/lab"];
      if (mode === 0o700) commands.push("status", "list", "run-once", "verify", "recover");
      for (const argv of commands) {
        const result = await runLabctl(words(argv), { ...options, under: nobody });
        expectOneLine(result, 2, /no permission|permission denied/i);
      }
    }
    chmodSync(join(dir.path, "lab-data"), 0o755);
    expect(await runLabctl(["status"], { ...options, under: nobody })).toMatchObject({ code: 0 });
    expect(filesBelow(dir.path)).toEqual(made);
  });

  test.if(root)(
    "on a full disk",
    async () => {
      await using full = await faultLab();
      await full.create({ id: "small", executor_command: "echo 3" });
      await full.ok("burst", "small", "-n", "2");
      const disk = join(full.dir, "disk");
      mkdirSync(disk);
      const mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk];
      if (Bun.spawnSync(mount).exitCode !== 0) {
        console.log("skipped: full data root (may not mount here)");
        return;
      }
      try {
        Bun.spawnSync(["cp", "-a", full.root, `${disk}/lab-data`]);
        const at = ["--data-root", `${disk}/lab-data`];
        // All the room there is, by a file that can be removed again.
        Bun.spawnSync(["dd", "if=/dev/zero", `of=${disk}/filler`, "bs=4096"]);
        writeFileSync(join(full.dir, "spec.yaml"), specText({}));
        for (const argv of ["create spec.yaml", "burst small -n 3", "pause small", "run-once"]) {
          const result = await full.labctl(...words(argv), ...at);
          if (argv === "run-once" && result.code === 0) continue;
          expectOneLine({ ...result, stdout: "" }, 75, /no space left|disk is full/);
        }
        expect(await full.labctl("status", ...at)).toMatchObject({ code: 0 });
        Bun.spawnSync(["rm", `${disk}/filler`]);
        await full.ok("recover", ...at);
        expect(await full.labctl("verify", ...at)).toMatchObject({ code: 0 });
        expect(await full.ok("list", ...at)).toMatch(/^small\t(active|paused).*runs=2\t/);
      } finally {
        Bun.spawnSync(["umount", "-l", disk]);
      }
    },
    30_000,
  );
});
