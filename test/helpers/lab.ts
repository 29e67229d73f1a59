import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctl, type CliOptions, type CliResult } from "./cli.ts";
import { tempDir } from "./temp.ts";

export interface TestLab {
  /** The working folder of its commands; the data root is lab-data in it. */
  dir: string;
  root: string;
  /** Runs labctl in `dir`. */
  labctl(...args: string[]): Promise<CliResult>;
  /** As labctl, with --json: the envelope, and the exit code in it. */
  json(...args: string[]): Promise<Envelope>;
  write(name: string, text: string): string;
  [Symbol.dispose](): void;
}

export interface Envelope {
  code: number;
  schema: string;
  ok: boolean;
  command: string | null;
  data: unknown;
  error?: unknown;
  warnings: string[];
  next: { command: string; why: string }[];
}

/** A SPEC of experiment `id` whose runs measure what `command` prints. */
export function specText(id: string, command = "echo 0.5", more = ""): string {
  return `id: ${id}\ngoal: Find a good ${id}\nmetric: score\nexecutor_command: ${command}\n${more}`;
}

/** A temporary working folder with a lab in it, and an experiment for each of `specs`. */
export async function testLab(...specs: string[]): Promise<TestLab> {
  const temp = tempDir();
  const options: CliOptions = { cwd: temp.path };
  const lab: TestLab = {
    dir: temp.path,
    root: join(temp.path, "lab-data"),
    labctl: (...args) => labctl(args, options),
    async json(...args) {
      const { code, stdout } = await labctl([...args, "--json"], options);
      return { ...JSON.parse(stdout), code };
    },
    write(name, text) {
      writeFileSync(join(temp.path, name), text);
      return join(temp.path, name);
    },
    [Symbol.dispose]: () => temp[Symbol.dispose](),
  };
  await succeed(lab.labctl("init"));
  for (const spec of specs) await succeed(labctl(["create", "-"], { ...options, stdin: spec }));
  return lab;
}

async function succeed(call: Promise<CliResult>): Promise<void> {
  const { code, stderr } = await call;
  if (code !== 0) throw new Error(`labctl failed with ${code}: ${stderr}`);
}
