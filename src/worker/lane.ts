/** Runs a few tasks at a time; the others wait, in the order in which they came. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

export function createLane(width: number): Lane {
  const line: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running < width) running += 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await task();
    } finally {
      const next = line.shift();
      // Whoever is next takes this place.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
