import type { Session } from "./session.ts";
import { writeDocuments } from "./init.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";

/** Rebuilds every derived file from SPECs, ledger and bundles; returns the path of LAB-STATUS.md. */
export async function refreshLab(session: Session): Promise<string> {
  const { store, lab } = session;
  writeDocuments(lab.root);
  await store.rebuild();
  await restoreLostRuns(session);
  await store.flush();
  return store.layout.labStatus;
}
