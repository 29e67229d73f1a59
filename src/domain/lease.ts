import * as v from "valibot";
import type { ProcessIdentity } from "../ports.ts";

/**
 * The content of a lease file `registry/locks/<experiment>/<generation>.json`. The generation is
 * the fencing token: it only grows, and a writer whose generation is no longer the highest is late.
 */
export interface LeaseRecord extends ProcessIdentity {
  lease_id: string;
  experiment: string;
  generation: number;
  /** The command that holds it, for people. */
  command: string;
  acquired_at: string;
}

const LeaseSchema = v.object({
  lease_id: v.string(),
  experiment: v.string(),
  generation: v.number(),
  command: v.string(),
  acquired_at: v.string(),
  host: v.string(),
  boot: v.string(),
  pid: v.number(),
  start: v.string(),
});

/** Parses a lease file; null when it is not one (empty, torn, foreign). */
export function parseLease(text: string): LeaseRecord | null {
  try {
    const result = v.safeParse(LeaseSchema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** `00000007`: generations sort as names. */
export function generationName(generation: number): string {
  return String(generation).padStart(8, "0");
}

const GENERATION_FILE = /^(\d{8,})\.(json|released)$/;

/** What the names in a lock folder say: the highest generation and whether it was released. */
export function readGenerations(names: readonly string[]): {
  highest: number;
  released: boolean;
  all: number[];
} {
  const taken = new Set<number>();
  const released = new Set<number>();
  for (const name of names) {
    const match = GENERATION_FILE.exec(name);
    if (!match) continue;
    const generation = Number(match[1]);
    taken.add(generation);
    if (match[2] === "released") released.add(generation);
  }
  const all = [...taken].sort((a, b) => a - b);
  const highest = all.at(-1) ?? 0;
  return { highest, released: released.has(highest), all };
}
