import { appendFileSync, closeSync, openSync, readFileSync } from "node:fs";
import { cleanEnv } from "../../helpers/cli.ts";
import { labctlBinary } from "../../helpers/binary.ts";

/** A labctl that is started, killed and started again; what it says goes to one file. */
export interface Program {
  name: string;
  start(): void;
  /** The exit code; null while it runs. 137 after kill -9. */
  exitCode(): number | null;
  /** kill -9; returns when it is gone. */
  kill(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGINT" | "SIGTERM"): void;
  ended(): Promise<number>;
  /** Lines that it wrote to stdout, over all its lives. */
  lines(): string[];
  stderr(): string;
}

export interface ProgramOptions {
  name: string;
  /** Asked for at each start. */
  args: () => readonly string[];
  /** Words before the program, such as a tracer's. */
  under?: () => readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** Its output goes to `<log>.out` and `<log>.err`. */
  log: string;
}

export function program({ name, args, under, cwd, env, log }: ProgramOptions): Program {
  const [out, err] = [`${log}.out`, `${log}.err`];
  for (const file of [out, err]) appendFileSync(file, "");
  let child: Bun.Subprocess | null = null;

  function running(): Bun.Subprocess {
    if (child === null) throw new Error(`${name} was never started`);
    return child;
  }

  return {
    name,
    start() {
      // What a killed process wrote last may lack its end.
      for (const file of [out, err]) appendFileSync(file, "\n");
      const [stdout, stderr] = [openSync(out, "a"), openSync(err, "a")];
      try {
        child = Bun.spawn([...(under?.() ?? []), ...labctlBinary(), ...args()], {
          cwd,
          env: cleanEnv(env),
          stdin: "ignore",
          stdout,
          stderr,
        });
      } finally {
        closeSync(stdout);
        closeSync(stderr);
      }
    },
    exitCode: () => (child === null ? 0 : codeOf(child)),
    async kill() {
      running().kill("SIGKILL");
      await running().exited;
    },
    signal: (which) => running().kill(which),
    async ended() {
      await running().exited;
      return codeOf(running()) ?? 0;
    },
    lines: () =>
      readFileSync(out, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
    stderr: () => readFileSync(err, "utf8").trim(),
  };
}

function codeOf(child: Bun.Subprocess): number | null {
  if (child.signalCode !== null) return 137;
  return child.exitCode;
}
