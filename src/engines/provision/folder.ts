import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { createOnce, ensureFolder, replaceIfChanged } from "../../store/durable.ts";
import { namesIn } from "../../store/names-in.ts";
import { readText } from "../../store/read-text.ts";
import { EngineStatusSchema, type EngineStatus } from "./status.ts";

/** `registry/engines/<name>/`: what labctl keeps of one engine. */
export function engineFolder(registry: string, name: string): string {
  return join(registry, "engines", name);
}

/**
 * Eight characters that tell this data root's jobs from those of every other lab of the same user;
 * made once. `random` makes them.
 */
export function labTag(registry: string, random: () => string): string {
  const folder = join(registry, "engines");
  const path = join(folder, "lab-id");
  ensureFolder(folder);
  if (!existsSync(path)) createOnce(path, `${random()}\n`);
  return readFileSync(path, "utf8").trim();
}

export function writeEngineStatus(folder: string, status: EngineStatus): void {
  replaceIfChanged(join(folder, "status.json"), `${JSON.stringify(status, null, 2)}\n`);
}

/** Of every engine that was ever used in this data root. */
export function engineStatuses(registry: string): EngineStatus[] {
  return namesIn(join(registry, "engines")).flatMap(
    (name) => readEngineStatus(engineFolder(registry, name)) ?? [],
  );
}

/** null when the engine was never used, or the file is no status. */
export function readEngineStatus(folder: string): EngineStatus | null {
  const text = readText(join(folder, "status.json"));
  if (text === null) return null;
  try {
    const parsed = v.safeParse(EngineStatusSchema(), JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    // It is a view that the next change writes anew.
    return null;
  }
}

/** Asks whoever runs the engine to lift pause `number`; false when that was asked before. */
export function askToResume(folder: string, number: number): boolean {
  return createOnce(resumePath(folder, number), "\n");
}

export function isAskedToResume(folder: string, number: number): boolean {
  return existsSync(resumePath(folder, number));
}

function resumePath(folder: string, number: number): string {
  return join(folder, `resume-${String(number).padStart(4, "0")}`);
}
