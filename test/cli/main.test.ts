import { describe, expect, test } from "bun:test";
import { runCli } from "../../src/cli/main.ts";
import { fakeIo } from "./fake-io.ts";
import { makeLab } from "./sample-lab.ts";
import { SAMPLES } from "./sample-registry.ts";

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(
  argv: string[],
  env: Record<string, string> = {},
  terminal = false,
): Promise<Ran> {
  const io = fakeIo(env, terminal);
  const code = await runCli(argv, io, makeLab, SAMPLES);
  return { code, ...io.text };
}

describe("runCli() for people", () => {
  test("prints lines as they come, then the result; warnings go to stderr", async () => {
    expect(await run(["burst", "e1", "-n2"])).toEqual({
      code: 0,
      stdout: "  [1/2] e1\n  [2/2] e1\nCompleted 2 iterations.\n",
      stderr: "labctl: warning: streamed warning\nlabctl: warning: late warning\n",
    });
  });

  test("--quiet prints nothing but failures", async () => {
    expect(await run(["burst", "e1", "--quiet"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await run(["missing", "-q"])).stderr).toStartWith("labctl: no experiment 'x'");
  });

  test("finds a command by its alias", async () => {
    expect((await run(["rush", "e1", "-n1"])).stdout).toContain("Completed 1 iterations.");
  });

  test("prints nothing for a result without lines", async () => {
    expect(await run(["empty"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("suggests what is next only on a terminal", async () => {
    expect((await run(["burst", "e1"], {}, true)).stderr).toEndWith(
      "next: labctl status  (See where the lab stands)\n",
    );
  });

  test("colours only a terminal, never with NO_COLOR or TERM=dumb", async () => {
    expect((await run(["colour"], {}, true)).stdout).toBe("\x1b[32mfine\x1b[39m\n");
    expect((await run(["colour"])).stdout).toBe("fine\n");
    expect((await run(["colour"], { NO_COLOR: "1" }, true)).stdout).toBe("fine\n");
    expect((await run(["colour"], { TERM: "dumb" }, true)).stdout).toBe("fine\n");
  });

  test("exits as the result says", async () => {
    expect(await run(["idle"])).toMatchObject({ code: 9, stdout: "No eligible experiments\n" });
    expect(await run(["partial"])).toEqual({
      code: 5,
      stdout: "Completed 3 iterations.\n",
      stderr: "labctl: nothing could be measured.\n",
    });
  });
});

describe("runCli() for machines", () => {
  test("--json prints events, then one envelope, and nothing on stderr", async () => {
    const { code, stdout, stderr } = await run([
      "burst",
      "e1",
      "-n2",
      "--json",
      "--data-root",
      "d",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(Bun.JSONL.parse(stdout)).toEqual([
      { type: "iteration", index: 1 },
      { type: "iteration", index: 2 },
      {
        schema: "labctl/burst/v1",
        ok: true,
        command: "burst",
        data: { root: "/somewhere/d", iterations: 2 },
        warnings: ["streamed warning", "late warning"],
        next: [{ command: "labctl status", why: "See where the lab stands" }],
      },
    ]);
  });

  test.each([
    [["--json", "idle"], {}],
    [["idle"], { LAB_JSON: "1" }],
  ] as const)("%p with %p prints exactly one document", async (argv, env) => {
    const { stdout } = await run([...argv], { ...env });
    expect(stdout).toEndWith("}\n");
    expect(JSON.parse(stdout)).toMatchObject({ schema: "labctl/idle/v1", ok: true });
  });

  test("a failure is an envelope on stdout and one line on stderr", async () => {
    const { code, stdout, stderr } = await run(["missing", "--json"]);
    expect({ code, stderr }).toEqual({
      code: 8,
      stderr: "labctl: no experiment 'x'. Fix: Run 'labctl list'.\n",
    });
    expect(JSON.parse(stdout)).toEqual({
      schema: "labctl/missing/v1",
      ok: false,
      command: "missing",
      error: {
        code: "not-found",
        message: "no experiment 'x'",
        hint: "Run 'labctl list'.",
        retryable: false,
        details: ["d"],
      },
      warnings: [],
    });
  });

  test("a failure with data carries both", async () => {
    const { code, stdout } = await run(["partial", "--json"]);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      data: { measured: 0 },
      error: { code: "evaluator-broken", hint: null },
    });
  });

  test("a usage error is an envelope too, with or without a command", async () => {
    const named = await run(["burst", "--json", "--nope"]);
    expect(JSON.parse(named.stdout)).toMatchObject({
      ok: false,
      command: "burst",
      error: { code: "usage" },
    });
    const nameless = await run(["--json", "brst"]);
    expect(JSON.parse(nameless.stdout)).toMatchObject({ schema: "labctl/error/v1", command: null });
  });

  test("help and version are documents as well", async () => {
    const help = JSON.parse((await run(["burst", "--help", "--json"])).stdout);
    expect(help).toMatchObject({ schema: "labctl/help/v1", ok: true, data: { command: "burst" } });
    expect(JSON.parse((await run(["--json", "--version"])).stdout).data.version).toBeString();
  });
});

describe("runCli() failures", () => {
  test.each([
    [[], "labctl: no command given; 'labctl init' starts a lab. See 'labctl --help'\n"],
    [["brst"], "labctl: unknown command 'brst'; did you mean burst? See 'labctl --help'\n"],
    [["constructor"], "labctl: unknown command 'constructor'. See 'labctl --help'\n"],
    [["toString", "--help"], "labctl: unknown command 'toString'. See 'labctl --help'\n"],
    [
      ["-n", "5", "burst"],
      "labctl: unknown option -n; options of a command go after its name. See 'labctl --help'\n",
    ],
    [
      ["burst", "e1", "--iteratons", "5"],
      "labctl: unknown option --iteratons for burst; did you mean --iterations? See 'labctl burst --help'\n",
    ],
    [
      ["burst", "e1", "--data-root="],
      "labctl: --data-root needs a folder, got ''. See 'labctl --help'\n",
    ],
    [
      ["burst", "e1", "--version"],
      "labctl: unknown option --version for burst. See 'labctl burst --help'\n",
    ],
  ])("%p is a usage error: one line, exit 2, nothing on stdout", async (argv, stderr) => {
    expect(await run(argv)).toEqual({ code: 2, stdout: "", stderr });
  });

  test("lists every problem of a SPEC below the line", async () => {
    expect(await run(["invalid"])).toMatchObject({
      code: 2,
      stderr: "labctl: SPEC.yaml has 2 problems.\n  1:1 a: b\n  2:1 c: d\n",
    });
  });

  test("a bug is one line and exit 1; the stack only with LABCTL_DEBUG=1", async () => {
    const line =
      "labctl: internal error: boom second line. Fix: Run it again with LABCTL_DEBUG=1 and report what it prints.\n";
    expect(await run(["crash"])).toEqual({ code: 1, stdout: "", stderr: line });
    const { stderr } = await run(["crash"], { LABCTL_DEBUG: "1" });
    expect(stderr).toStartWith(line);
    expect(stderr).toContain("sample-registry.ts");
  });

  test("a full disk means try later", async () => {
    expect(await run(["full"])).toMatchObject({
      code: 75,
      stderr:
        "labctl: the disk is full: ENOSPC: no space left. Fix: Make room and run the command again.\n",
    });
  });
});

describe("runCli() help", () => {
  test("of the program names groups, commands, variables and every exit code", async () => {
    const { code, stdout, stderr } = await run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("\nRun\n  burst, rush  Sample burst\n");
    expect(stdout).toMatch(/HERMES_LAB_DATA_ROOT +The lab/);
    expect(stdout).toMatch(/\n  130 +interrupted\n/);
  });

  test("of a command names arguments, limits, defaults and examples", async () => {
    const { code, stdout } = await run(["burst", "--nonsense", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toStartWith("Sample burst.\n\nProposes, runs and records.\n");
    expect(stdout).toContain("Usage: labctl burst <experiment> [options]\nAlias: rush\n");
    expect(stdout).toMatch(
      /-n, --iterations N +How many \(a whole number, at least 1; default 10\)/,
    );
    expect(stdout).toMatch(/ {4}--strategy TEXT +How \(random, tree; default random\)/);
    expect(stdout).toContain("Examples\n  labctl burst e1 -n 20\n      Twenty points\n");
  });

  test("is not asked for after --", async () => {
    expect((await run(["burst", "-n1", "--", "--help"])).stdout).toContain("[1/1] --help");
  });
});

describe("runCli() data root", () => {
  const root = async (argv: string[], env: Record<string, string>): Promise<unknown> =>
    JSON.parse(
      (await run(["burst", "e1", "-n1", "--json", ...argv], env)).stdout.split("\n")[1] ?? "",
    ).data.root;

  test("is the flag, else HERMES_LAB_DATA_ROOT, else ./lab-data, and absolute", async () => {
    expect(await root(["--data-root", "/a/../b"], { HERMES_LAB_DATA_ROOT: "/env" })).toBe("/b");
    expect(await root([], { HERMES_LAB_DATA_ROOT: "env" })).toBe("/somewhere/env");
    expect(await root([], { HERMES_LAB_DATA_ROOT: "" })).toBe("/somewhere/lab-data");
  });

  test("may be given before the command", async () => {
    const { stdout } = await run(["--data-root", "burst", "--json", "burst", "e1", "-n1"]);
    expect(stdout).toContain('"root":"/somewhere/burst"');
  });
});
