import { LabError } from "../../domain/errors.ts";
import type { NotifyTarget } from "../../domain/notify.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Session } from "../session.ts";

const LOOK_EVERY_MS = 250;
/** How long a command waits at its end for what is being told; the rest is told by the next one. */
const FINISH_MS = 5000;

export interface TellOptions {
  /** How long the end waits for what is being told. */
  limit_ms?: number;
  /** Also what has to wait after earlier attempts. */
  now?: boolean;
  /** How it ended. */
  done?: (told: { delivered: number; pending: number }) => void;
}

/**
 * Tells people in the background what happens to an experiment whose lease is held. Returns how to
 * end that, after which as much is told as there was time for. Costs nothing when the SPEC names
 * nobody; trouble is a warning, never a failure.
 */
export async function startNotifying(
  session: Session,
  experiment: string,
  { limit_ms = FINISH_MS, now = false, done = () => {} }: TellOptions,
): Promise<() => Promise<void>> {
  const named = await targetsOf(session, experiment);
  if (named === null) return async () => {};
  const warn = (error: unknown): void => {
    const said = error instanceof Error ? error.message : String(error);
    session.lab.log.warn(`${experiment}: nobody is told: ${said}`);
  };
  try {
    const { openNotifier } = await import("./notifier.ts");
    const notifier = await openNotifier(session, named.spec, named.targets, { now });
    const look = setInterval(() => notifier.poke(), LOOK_EVERY_MS);
    return async () => {
      clearInterval(look);
      try {
        const told = await notifier.finish(limit_ms);
        done(told);
        if (told.pending > 0) warnPending(session, experiment, told.pending);
      } catch (error) {
        warn(error);
      }
    };
  } catch (error) {
    warn(error);
    return async () => {};
  }
}

function warnPending({ lab }: Session, experiment: string, pending: number): void {
  lab.log.warn(
    `${experiment}: ${pending} notifications wait; the next command tells them, or \`labctl notify --pending\``,
  );
}

/** Whom an experiment tells; null when its SPEC names nobody, or cannot be read. */
export async function targetsOf(
  { store }: Session,
  experiment: string,
): Promise<{ spec: Spec; targets: NotifyTarget[] } | null> {
  try {
    const spec = await store.spec(experiment);
    return typeof spec.notify === "string" ? null : { spec, targets: spec.notify };
  } catch (error) {
    // Whoever works on it says so.
    if (error instanceof LabError) return null;
    throw error;
  }
}
