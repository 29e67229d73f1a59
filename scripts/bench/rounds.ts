/** Several measurements of one thing, in the order of the rounds. */
export type Sample = readonly number[];

/** Measures something once and returns the number. */
export type Subject = () => number | Promise<number>;

/**
 * Measures all subjects once per round, side by side, so that whatever else the machine does hits
 * them alike; every other round goes backwards, so that none always follows the same neighbour.
 * One round before the first only warms caches. Returns a sample for each name.
 */
export async function measureRounds(
  rounds: number,
  subjects: ReadonlyMap<string, Subject>,
): Promise<(name: string) => Sample> {
  const samples = new Map<string, number[]>([...subjects.keys()].map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    const order = [...subjects];
    for (const [name, measure] of round % 2 === 0 ? order : order.toReversed()) {
      const measured = await measure();
      if (round >= 0) samples.get(name)?.push(measured);
    }
  }
  return (name) => samples.get(name) ?? [];
}

/** The ratio within each round: the load of the machine cancels out, unlike in a ratio of medians. */
export function ratios(ours: Sample, floor: Sample): Sample {
  return ours.map((value, round) => value / (floor[round] ?? Number.NaN));
}

/** The middle value; the mean of the two middle ones of an even number. */
export function median(sample: Sample): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
