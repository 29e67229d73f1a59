/** What others want of a worker, by signals. */
export interface WorkerSignals {
  /** Finish what runs, take nothing more. */
  onDrain(callback: (signal: string) => void): void;
  /** Give back what runs, and end. */
  onStop(callback: (signal: string) => void): void;
}

/**
 * TERM, INT and HUP drain, and stop when they come again. USR2 is the warning of a scheduler that the
 * job ends soon (Slurm: `--signal`): it stops at once, so that what runs is begun elsewhere.
 */
export function workerSignals(): WorkerSignals {
  const drains: ((signal: string) => void)[] = [];
  const stops: ((signal: string) => void)[] = [];
  let asked = 0;
  const tell = (callbacks: readonly ((signal: string) => void)[], signal: string): void => {
    for (const callback of callbacks) callback(signal);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      asked += 1;
      tell(asked > 1 ? stops : drains, signal);
    });
  }
  if (process.platform !== "win32") process.on("SIGUSR2", () => tell(stops, "SIGUSR2"));
  return {
    onDrain: (callback) => void drains.push(callback),
    onStop: (callback) => void stops.push(callback),
  };
}
