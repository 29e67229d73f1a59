/** What others want of a worker, by signals; what came before somebody listens is not lost. */
export interface WorkerSignals {
  /** Finish what runs, take nothing more. */
  onDrain: Listen;
  /** Give back what runs, and end. */
  onStop: Listen;
}

type Listen = (callback: (signal: string) => void) => void;

/**
 * TERM, INT and HUP drain, and stop when they come again. USR2 is the warning of a scheduler that the
 * job ends soon (Slurm: `--signal`): it stops at once, so that what runs is begun elsewhere.
 */
export function workerSignals(): WorkerSignals {
  const drain = wish();
  const stop = wish();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (drain.isWished()) stop.make(signal);
      else drain.make(signal);
    });
  }
  if (process.platform !== "win32") process.on("SIGUSR2", () => stop.make("SIGUSR2"));
  return { onDrain: drain.on, onStop: stop.on };
}

interface Wish {
  isWished: () => boolean;
  make: (signal: string) => void;
  on: Listen;
}

function wish(): Wish {
  const callbacks: ((signal: string) => void)[] = [];
  let wished: string | null = null;
  return {
    isWished: () => wished !== null,
    make(signal) {
      wished = signal;
      for (const callback of callbacks) callback(signal);
    },
    on(callback) {
      callbacks.push(callback);
      if (wished !== null) callback(wished);
    },
  };
}
