import { openAsks } from "../reduce/trials.ts";
import type { Session } from "./session.ts";

/** Gives back the asked trials whose time is over; the caller holds the lease. */
export async function expireAsks(session: Session, experiment: string): Promise<void> {
  const view = await session.store.view(experiment);
  const ts = session.now();
  const expired = openAsks(view).filter((trial) => trial.expires_at <= ts);
  await session.store.record(
    expired.map(({ iteration }) => ({ type: "trial_expired", ts, experiment, iteration })),
    { sync: true },
  );
}
