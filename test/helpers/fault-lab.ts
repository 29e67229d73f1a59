import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../src/domain/types.ts";
import { runLabctl, startLabctl } from "./binary.ts";
import type { CliResult } from "./cli.ts";
import { tempDir } from "./temp.ts";
import { taggedProcesses } from "./tagged-processes.ts";

/** A data root of its own that is worked on through the real program. */
export interface FaultLab {
  /** Temporary folder around everything; working folder of every call. */
  dir: string;
  root: string;
  /** Environment entry that every labctl and every executor of this lab carries. */
  tag: string;
  /** What its programs get besides the environment of this one. */
  env: Record<string, string>;
  /** Runs a command to its end. */
  labctl(...args: string[]): Promise<CliResult>;
  /** As labctl, and throws unless it exits 0; returns stdout. */
  ok(...args: string[]): Promise<string>;
  /** As ok, with --json: the envelope's data. */
  json<T>(...args: string[]): Promise<T>;
  start(...args: string[]): ReturnType<typeof startLabctl>;
  /** As labctl, with the words of a tracer or the like before the program. */
  under(prefix: readonly string[], ...args: string[]): Promise<CliResult>;
  /** Registers a SPEC; what is missing is a quick sphere over five parameters. */
  create(spec: { id: string } & JsonObject): Promise<void>;
  path(...parts: string[]): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Distance from 1.5 in each of five parameters, in a process that takes about a millisecond. */
const SPHERE = `BEGIN {
  for (i = 0; i < 5; i++) sum += (ENVIRON["LAB_PARAM_X" i] - 1.5) ^ 2
  printf "{\\"value\\": %.17g}\\n", (ENVIRON["LAB_METRIC_DIRECTION"] == "maximize" ? -sum : sum)
}
`;

/** As SPHERE, and fails where x0 is above 4: one run in ten of a random search. */
const FAILING_SPHERE = `BEGIN { if (ENVIRON["LAB_PARAM_X0"] > 4) exit 1 }\n${SPHERE}`;

/** What the spheres search: x0 to x4. */
export const SPHERE_SPACE = Object.fromEntries(
  Array.from({ length: 5 }, (_, i) => [`x${i}`, { low: -5, high: 5 }]),
);

/**
 * Makes and initialises a lab, or copies the state of another, which must live as long; at the end
 * of the scope its processes and files are removed.
 */
export async function faultLab(
  options: { copyOf?: FaultLab; env?: Record<string, string> } = {},
): Promise<FaultLab> {
  const temp = tempDir();
  const dir = temp.path;
  const root = join(dir, "lab-data");
  const workspace = join(dir, "workspace");
  const mark = crypto.randomUUID();
  const tag = `FAULT_LAB=${mark}`;
  const env = { ...options.env, FAULT_LAB: mark, HERMES_LAB_DATA_ROOT: root };
  mkdirSync(workspace);
  writeFileSync(join(workspace, "sphere.awk"), SPHERE);
  writeFileSync(join(workspace, "failing-sphere.awk"), FAILING_SPHERE);

  const lab: FaultLab = {
    dir,
    root,
    tag,
    env,
    labctl: (...args) => runLabctl(args, { cwd: dir, env }),
    async ok(...args) {
      const result = await lab.labctl(...args);
      if (result.code !== 0) throw new Error(`labctl ${args.join(" ")}: ${JSON.stringify(result)}`);
      return result.stdout;
    },
    async json(...args) {
      const lines = (await lab.ok(...args, "--json")).trim().split("\n");
      return JSON.parse(lines.at(-1) ?? "").data;
    },
    under: (prefix, ...args) => runLabctl(args, { cwd: dir, env, under: prefix }),
    start: (...args) => startLabctl(args, { cwd: dir, env }),
    async create(spec) {
      const full = {
        metric: "value",
        metric_direction: "minimize",
        workspace_root: workspace,
        executor_command: "awk -f sphere.awk",
        search_space: SPHERE_SPACE,
        max_iterations_total: 1000,
        ...spec,
      };
      const stdin = JSON.stringify(full);
      const result = await runLabctl(["create", "-"], { cwd: dir, env, stdin });
      if (result.code !== 0) throw new Error(`create: ${JSON.stringify(result)}`);
    },
    path: (...parts) => join(root, ...parts),
    async [Symbol.asyncDispose]() {
      for (const pid of taggedProcesses(tag).keys()) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended meanwhile.
        }
      }
      temp[Symbol.dispose]();
    },
  };
  if (options.copyOf === undefined) await lab.ok("init");
  else cpSync(options.copyOf.root, root, { recursive: true, preserveTimestamps: true });
  return lab;
}
