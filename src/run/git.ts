import { devNull } from "node:os";
import { LabError } from "../domain/errors.ts";

export interface GitResult {
  exit_code: number;
  stdout: string;
  /** stdout as it came. */
  bytes: Uint8Array;
  stderr: string;
}

/** Hooks, filters and file watchers of the user or of the repository are not ours to run. */
const SETTINGS = [
  ["safe.directory", "*"],
  ["core.hooksPath", devNull],
  ["core.fsmonitor", "false"],
  ["core.quotePath", "false"],
].flatMap(([name, value]) => ["-c", `${name}=${value}`]);

/**
 * Runs git in a folder, without the user's and the system's settings, hooks or prompts, and without
 * the `GIT_*` of an enclosing git process; `environment` is added, `input` is stdin. Throws LabError usage when git is
 * not installed.
 */
export async function git(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = "",
): Promise<GitResult> {
  if (Bun.which("git") === null) {
    throw new LabError("usage", "git is needed here and is not installed", {
      hint: "Install git: it checks workspaces out and makes the patch of a change.",
    });
  }
  const child = Bun.spawn(["git", ...SETTINGS, "-C", folder, ...args], {
    env: { ...gitEnvironment(), ...environment },
    stdin: new TextEncoder().encode(input),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exit_code] = await Promise.all([
    new Response(child.stdout).bytes(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return {
    exit_code,
    bytes: stdout,
    stdout: new TextDecoder().decode(stdout),
    stderr: stderr.trim(),
  };
}

/** As `git`, but a failure is LabError usage that names what was tried. */
export async function gitOrThrow(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const result = await git(folder, args, environment);
  if (result.exit_code === 0) return result.stdout;
  throw new LabError("usage", `git ${args[0]} failed in ${folder}: ${firstLine(result.stderr)}`);
}

/** Root of the checkout that holds `folder`, and the way from there to it; null outside a checkout. */
export async function gitCheckout(
  folder: string,
): Promise<{ toplevel: string; prefix: string } | null> {
  const result = await git(folder, ["rev-parse", "--show-toplevel", "--show-prefix"]);
  if (result.exit_code !== 0) return null;
  const [toplevel = "", prefix = ""] = result.stdout.split("\n");
  return { toplevel, prefix: prefix.replace(/\/$/, "") };
}

/** Files of a checkout that differ from HEAD or are not tracked, relative to its root. */
export async function uncommitted(toplevel: string): Promise<string[]> {
  const args = ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
  const status = await gitOrThrow(toplevel, args);
  return status.split("\0").flatMap((line) => (line === "" ? [] : [line.slice(3)]));
}

function gitEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || name.startsWith("GIT_") ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(inherited),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    LC_ALL: "C",
  };
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
