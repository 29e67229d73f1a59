import { join } from "node:path";
import { EXECUTOR } from "./executor.ts";
import { processTime } from "./labctl.ts";
import { measureRounds, type Subject } from "./rounds.ts";
import type { SeededLab } from "./seed-lab.ts";
import type { Row, Target } from "./table.ts";

/** Labs by how many runs they have, as the table says it. */
export type LabsBySize = ReadonlyMap<string, SeededLab>;

const FLOOR = "fork + exec of the executor";

/**
 * Whole commands from fork to end, beside fork + exec of the executor alone and of a compiled Bun
 * program that does nothing, which no labctl command can be quicker than.
 */
export async function wholeProcessRows(
  binary: string,
  labs: LabsBySize,
  { rounds, folder }: { rounds: number; folder: string },
): Promise<Row[]> {
  const empty = await compileEmptyProgram(folder);
  const commands = new Map<string, { argv: string[]; target: Target | null }>();
  commands.set("empty compiled program", { argv: [empty], target: null });
  commands.set("--version", { argv: [binary, "--version"], target: { at_most: 15, of: "ours" } });
  for (const name of ["status", "list", "run-once"]) {
    for (const [size, { root }] of labs) {
      if (name === "run-once" && size === "empty lab") continue;
      if (size === "5,000 runs") continue;
      const limit = name === "run-once" ? ["--max-runs", "1"] : [];
      const argv = [binary, name, ...limit, "--data-root", root];
      commands.set(`${name}, ${size}`, { argv, target: targetOf(name, size) });
    }
  }
  // Of a size that nothing else here has: the one that context is promised for.
  const agents = labs.get("5,000 runs");
  if (agents !== undefined) {
    const argv = [binary, "context", agents.experiment, "--json", "--data-root", agents.root];
    commands.set("context, 5,000 runs", { argv, target: { at_most: 100, of: "ours" } });
  }
  const subjects = new Map<string, Subject>([[FLOOR, () => processTime(EXECUTOR)]]);
  for (const [what, { argv }] of commands) subjects.set(what, () => processTime(argv));
  const sample = await measureRounds(rounds, subjects);
  return [...commands].map(([what, { target }]) => ({
    group: `Whole process (floor: ${FLOOR})`,
    what,
    unit: "ms" as const,
    ours: sample(what),
    floor: sample(FLOOR),
    target,
  }));
}

function targetOf(name: string, size: string): Target | null {
  if (name === "run-once") return { at_most: 20, of: "ours" };
  if (name !== "status") return null;
  if (size === "empty lab") return { at_most: 25, of: "ours" };
  return size.startsWith("10,000") ? { at_most: 40, of: "ours" } : null;
}

/** Built as labctl is, so that the difference is labctl's own work. */
async function compileEmptyProgram(folder: string): Promise<string> {
  const outfile = join(folder, "empty-program");
  const source = join(folder, "empty-program.ts");
  await Bun.write(source, "export {};\n");
  await Bun.build({
    entrypoints: [source],
    minify: true,
    bytecode: true,
    format: "esm",
    compile: { outfile, autoloadBunfig: false, autoloadDotenv: false },
  });
  return outfile;
}
