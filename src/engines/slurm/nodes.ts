import { askSlurm, type Asking } from "./ask.ts";

/** At most this part of the nodes that are there is left out. */
const PART = 4;

/**
 * Which of the nodes that failed lately to leave out: Slurm itself starts nothing on those that are
 * down, and a small cluster cannot do without those that are back. [] where Slurm does not say.
 */
export async function worthAvoiding(
  asking: Asking,
  nodes: readonly string[],
  partition: string | undefined,
): Promise<string[]> {
  if (nodes.length === 0) return [];
  const where = partition === undefined ? [] : [`--partition=${partition}`];
  const answer = await askSlurm(asking, ["sinfo", "-h", "-N", "-o", "%N|%t", ...where]);
  if (!answer.ok) return [];
  const there = new Set(
    answer.text.split("\n").flatMap((line) => {
      const [name = "", state = ""] = line.split("|");
      return /^(idle|mix|alloc|comp)[a-z]*[^*]?$/.test(state.trim()) ? [name] : [];
    }),
  );
  return nodes.filter((name) => there.has(name)).slice(0, Math.floor(there.size / PART));
}
