import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { LabError } from "../../src/domain/errors.ts";
import { builtinOf, commandArgv, splitCommand } from "../../src/run/command.ts";
import type { CommandContext } from "../../src/run/command.ts";
import { temporaryFolder, writeFiles } from "./request.ts";

function context(changes: Partial<CommandContext> = {}): CommandContext {
  return {
    shell: false,
    cwd: temporaryFolder(),
    search: [],
    params: null,
    runtime: "/opt/labctl",
    path: process.env.PATH ?? "",
    ...changes,
  };
}

const argv = (command: string, changes: Partial<CommandContext> = {}): string[] =>
  commandArgv(command, context(changes)).argv;

describe("splitCommand()", () => {
  test("splits like a POSIX shell, without running one", () => {
    expect(splitCommand(`a 'b c' "d \\" e" f\\ g '' "it's" $HOME *.py && x | y # z`)).toEqual([
      "a",
      "b c",
      'd " e',
      "f g",
      "",
      "it's",
      "$HOME",
      "*.py",
      "&&",
      "x",
      "|",
      "y",
      "#",
      "z",
    ]);
  });

  test("names the command whose quoting is broken", () => {
    for (const command of ["echo 'x", 'echo "x', "echo x\\"]) {
      expect(() => splitCommand(command)).toThrow(JSON.stringify(command));
    }
    expect(() => splitCommand("echo 'x")).toThrow(LabError);
  });
});

describe("builtinOf()", () => {
  test.each([
    ["builtin:stub", "stub"],
    ["  builtin:reference ", "reference"],
    ["builtin:ts a.ts --flag", "ts"],
    ["python3 scripts/reference_executor.py", "reference"],
    ["python ./scripts/reference_executor.py", "reference"],
    ["scripts/local_agent_mutation.py", "agent"],
    ["python3 evaluate.py", null],
    ["python3 my/reference_executor.py", null],
    ["echo builtin:stub", null],
    ["", null],
  ])("%j", (command, expected) => {
    expect<string | null>(builtinOf(command)).toBe(expected);
  });

  test("refuses an unknown one", () => {
    expect(() => builtinOf("builtin:nope")).toThrow('unknown built-in "builtin:nope"');
  });
});

describe("commandArgv()", () => {
  test("puts params into words without splitting them again", () => {
    const params = { name: "a b'c", lr: 1e-7, n: 3, on: true, list: [1, 2], "net.depth": 4 };
    expect(
      argv("run --name={name} {lr} {n} {on} {list} '{net.depth}' {unknown} {}", { params }),
    ).toEqual(["run", "--name=a b'c", "1e-7", "3", "true", "[1,2]", "4", "{unknown}", "{}"]);
    expect(argv("run {name}")).toEqual(["run", "{name}"]);
    expect(argv("run {toString}", { params })).toEqual(["run", "{toString}"]);
  });

  test("does not look for placeholders in what it put in", () => {
    expect(argv("run {a}", { params: { a: "{b}", b: "x" } })).toEqual(["run", "{b}"]);
  });

  test("quotes params for the shell", () => {
    const params = { name: "it's; rm -rf $HOME", n: 3 };
    expect(argv("echo {name} | cat; echo {n}", { shell: true, params })).toEqual([
      "sh",
      "-c",
      `echo 'it'\\''s; rm -rf $HOME' | cat; echo '3'`,
    ]);
  });

  test("finds a relative script in a search folder only when cwd has none", () => {
    const cwd = temporaryFolder();
    const workspace = temporaryFolder();
    writeFiles(workspace, { "train.py": "", "bin/run.sh": "#!/bin/sh\n", "both.py": "" });
    writeFiles(cwd, { "both.py": "" });
    const at = { cwd, search: [workspace] };
    expect(argv("python3 -u train.py --x train.py", at)).toEqual([
      "python3",
      "-u",
      join(workspace, "train.py"),
      "--x",
      "train.py",
    ]);
    expect(argv("python3.12 both.py train.py", at)).toEqual(["python3.12", "both.py", "train.py"]);
    expect(argv("python3 -m train.py", at)).toEqual(["python3", "-m", "train.py"]);
    expect(argv("bash -c train.py", at)).toEqual(["bash", "-c", "train.py"]);
    expect(argv("python3 missing.py", at)).toEqual(["python3", "missing.py"]);
    expect(argv("bin/run.sh x", at)).toEqual([join(workspace, "bin/run.sh"), "x"]);
    expect(argv("cat train.py", at)).toEqual(["cat", "train.py"]);
  });

  test("prefers a program on PATH to a file of that name", () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { cat: "#!/bin/sh\n", "run-me": "#!/bin/sh\n" });
    expect(argv("cat x", { cwd })).toEqual(["cat", "x"]);
    expect(argv("./cat x", { cwd })).toEqual([join(cwd, "cat"), "x"]);
    expect(argv("run-me x", { cwd })).toEqual([join(cwd, "run-me"), "x"]);
  });

  test("turns builtin:ts into a call of labctl's own runtime", () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "a b.ts": "" });
    const line = commandArgv("builtin:ts 'a b.ts' {x} --help", context({ cwd, params: { x: 1 } }));
    expect(line.argv).toEqual([
      "/opt/labctl",
      "--config=/dev/null",
      "--no-env-file",
      join(cwd, "a b.ts"),
      "1",
      "--help",
    ]);
    expect(line.env).toEqual({ BUN_BE_BUN: "1" });
    expect(() => argv("builtin:ts")).toThrow("builtin:ts needs a file");
  });

  test("refuses what is no program", () => {
    expect(() => argv("   ")).toThrow("cannot run an empty command");
    expect(() => argv("''")).toThrow("cannot run an empty command");
    expect(() => argv("builtin:reference")).toThrow("cannot be used here");
    expect(() => argv("builtin:stub", { shell: true })).toThrow("cannot be used here");
  });
});
