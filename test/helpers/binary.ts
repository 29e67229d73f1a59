import { cleanEnv, labctlCommand, type CliResult } from "./cli.ts";

export interface BinaryOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
  /** Words before the program: `["strace", "-o", "/dev/null"]`. */
  under?: readonly string[];
}

/** argv that starts labctl: the executable that LABCTL_BIN names, or else the source. */
export function labctlBinary(): string[] {
  const binary = process.env["LABCTL_BIN"] ?? "";
  return binary === "" ? labctlCommand([]) : [binary];
}

/** Starts `labctl ...args` in a process of its own, with nothing inherited that steers labctl. */
export function startLabctl(args: readonly string[], options: BinaryOptions) {
  return Bun.spawn([...(options.under ?? []), ...labctlBinary(), ...args], {
    cwd: options.cwd,
    env: cleanEnv(options.env),
    stdin: new Blob([options.stdin ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs `labctl ...args` to its end. The code of one that a signal ended is 128 + its number. */
export async function runLabctl(
  args: readonly string[],
  options: BinaryOptions,
): Promise<CliResult> {
  await using child = startLabctl(args, options);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, stdout, stderr };
}
