import type { Calendar, Clock, Log, Processes, Random } from "../ports.ts";

/** Everything a use case may touch: where the data root is, and the outside world as ports. */
export interface Lab {
  /** Absolute path of the data root; it need not exist yet. */
  root: string;
  clock: Clock;
  random: Random;
  calendar: Calendar;
  processes: Processes;
  log: Log;
  /** Version of labctl. */
  version: string;
  env: Record<string, string | undefined>;
}
