import { join } from "node:path";
import { checkOutput } from "./checked-output.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");

export interface CliOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Another program than src/main.ts, such as a test's own. */
  entry?: string;
}

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** argv that starts labctl from source. */
export function labctlCommand(args: readonly string[], entry = MAIN): string[] {
  return [process.execPath, entry, ...args];
}

/** The environment of this test without anything that steers labctl. */
export function cleanEnv(extra: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && !/^(LAB_|LABCTL_|HERMES_|NO_COLOR$)/.test(pair[0]),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/**
 * Runs `labctl ...args` to its end in a process of its own. Throws when its JSON is not what
 * `labctl schema` promises, so every test that reads JSON is a test of the schemas too.
 */
export async function labctl(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  await using child = Bun.spawn(labctlCommand(args, options.entry), {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: cleanEnv(options.env),
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if (options.entry === undefined) checkOutput(stdout);
  return { code: await child.exited, stdout, stderr };
}
