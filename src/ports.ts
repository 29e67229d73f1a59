/** The few things the core needs from outside. `platform/` implements them; `main.ts` wires them. */

export interface Clock {
  /** Wall clock. */
  now(): Date;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonic_ms(): number;
}

export interface Random {
  /** `bytes` random bytes as lower-case hexadecimal; for names, never for proposals. */
  hex(bytes: number): string;
}

export interface Calendar {
  /** First moment strictly after `after` that matches a five-field cron expression, in UTC. Throws on a bad expression. */
  nextCron(expression: string, after: Date): Date;
}

/** How one process is named so that it can be told apart from a later one with the same pid. */
export interface ProcessIdentity {
  host: string;
  /** Identifies one boot of the host; "" where the system has none. */
  boot: string;
  pid: number;
  /** Start time in the system's own ticks; "" where the system has none. */
  start: string;
}

export interface GroupRequest {
  argv: string[];
  cwd: string;
  /** The complete environment of the child. */
  env: Record<string, string>;
  /** A file it reads as its standard input; nothing when left out. */
  stdin_path?: string;
  stdout_path: string;
  stderr_path: string;
  /** TERM after this many ms, KILL `grace_ms` later. Infinity for none. */
  timeout_ms: number;
  grace_ms: number;
  /** Bytes kept of each of stdout and stderr (head and tail); the rest is cut and counted. */
  max_output_bytes: number;
  /** Environment entry (`NAME=value`) by which escaped descendants are found and killed. */
  tag: string;
  signal?: AbortSignal;
}

export type DetachedRequest = Pick<
  GroupRequest,
  "argv" | "cwd" | "env" | "stdout_path" | "stderr_path"
>;

export interface GroupResult {
  /** null when a signal ended it. */
  exit_code: number | null;
  signal: string | null;
  /** Set when the program could not be started: the system's code, e.g. ENOENT. */
  start_error: string | null;
  timed_out: boolean;
  cancelled: boolean;
  duration_ms: number;
  /** Bytes cut from each stream. */
  stdout_cut_bytes: number;
  stderr_cut_bytes: number;
  /** Descendants that outlived the leader and were killed. */
  swept: number;
}

export interface Processes {
  /** This process. */
  self(): ProcessIdentity;
  /** alive, dead, or unknown (another host, or the system does not say). */
  liveness(identity: ProcessIdentity): "alive" | "dead" | "unknown";
  /** Whether any process on this host has that pid now. */
  isRunning(pid: number): boolean;
  /** Runs one command in its own process group; never rejects for what the command does. */
  runGroup(request: GroupRequest): Promise<GroupResult>;
  /**
   * Starts a process that outlives this one, in a group of its own, its output in files. Throws a
   * system error when it cannot be started.
   */
  startDetached(request: DetachedRequest): ProcessIdentity;
  /** KILLs every process whose environment contains the entry `tag`; returns how many. */
  sweep(tag: string): number;
  /** argv that starts this program again (for builtin:ts). */
  selfCommand(): string[];
}

export interface Log {
  info(message: string): void;
  warn(message: string): void;
}
