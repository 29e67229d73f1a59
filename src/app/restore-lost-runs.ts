import { reclaim } from "./reclaim.ts";
import type { Session } from "./session.ts";

/**
 * When the ledger lost lines and the state was folded anew from what is left, runs may be missing
 * whose bundles are whole: puts them back into the history of every experiment that nobody holds.
 * Call it before anything is written that builds on the state; costs nothing in a whole lab.
 */
export async function restoreLostRuns(session: Session): Promise<void> {
  if (!session.store.lossy()) return;
  for (const { id } of session.store.rows()) await reclaim(session, id, { watch: false });
}
