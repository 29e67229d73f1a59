import { LabError } from "../../domain/errors.ts";
import { openBlobs } from "../../store/blobs.ts";
import { poisonReason } from "../../store/package-claims.ts";
import { indexPackage, indexPackages } from "../../store/package-index.ts";
import { endPackageFiles } from "../../store/package-queue.ts";
import {
  packageIds,
  packageState,
  readAttemptResult,
  readPackage,
  type Ending,
} from "../../store/package-state.ts";
import { interruptRun } from "../finish-run.ts";
import { experimentLayout } from "../../store/layout.ts";
import { join } from "node:path";
import type { Session } from "../session.ts";
import { endPackage, ingest } from "./ingest.ts";

export interface IngestedPackage {
  dispatch_id: string;
  experiment: string;
  run_id: string;
  kind: "ingested" | "run-gone" | "quarantined";
  /** Of what was not ingested. */
  reason: string;
}

/**
 * Takes what was completed in the folder queue into the history, oldest first. A package that cannot
 * be ingested goes to quarantine with the reason and its run ends as lost; it holds up nobody. Doing
 * it again changes nothing. Throws LabError not-found for an id that is no package.
 */
export async function ingestFolder(
  session: Session,
  request: { ids: readonly string[]; max_runs: number },
): Promise<IngestedPackage[]> {
  const { store } = session;
  const { layout } = store;
  const known = packageIds(layout.packages);
  for (const id of request.ids) {
    if (known.includes(id)) continue;
    throw new LabError("not-found", `no package ${id}`, {
      hint: "`ls dispatch/complete` in the data root shows what waits",
    });
  }
  const done: IngestedPackage[] = [];
  try {
    for (const id of request.ids.length > 0 ? request.ids : known) {
      if (done.length >= request.max_runs) break;
      const one = await ingestOne(session, id);
      if (one !== null) done.push(one);
    }
  } finally {
    if (done.length > 0) await store.flush();
    indexPackages(layout);
  }
  return done;
}

/** null when there is nothing to do about it. */
async function ingestOne(session: Session, id: string): Promise<IngestedPackage | null> {
  const { packages, blobs } = session.store.layout;
  const state = packageState(packages, id);
  if (state.ended !== null) return null;
  try {
    const pack = readPackage(packages, id);
    const named = { dispatch_id: id, experiment: pack.experiment, run_id: pack.run.id };
    if (state.sealed === null) {
      const poison = poisonReason(state);
      if (poison === null) return null;
      await endPackage(session, pack, { outcome: "lost", reason: poison });
      return ended(session, { kind: "quarantined", reason: poison }, named);
    }
    const result = readAttemptResult(packages, id, state.sealed);
    const kind = await ingest(session, { pack, result, blobs: openBlobs(blobs) });
    const gone = kind === "run-gone";
    const reason = gone ? "its run was given up before" : "";
    return ended(session, { kind: gone ? "cancelled" : "ingested", reason }, named);
  } catch (error) {
    if (!(error instanceof LabError) || error.code === "try-later") throw error;
    return putAway(session, id, error.message);
  }
}

function ended(
  { store }: Session,
  ending: Ending,
  named: Pick<IngestedPackage, "dispatch_id" | "experiment" | "run_id">,
): IngestedPackage {
  const { layout } = store;
  endPackageFiles(layout.packages, named.dispatch_id, ending);
  indexPackage(layout, packageState(layout.packages, named.dispatch_id));
  const kind = ending.kind === "cancelled" ? "run-gone" : ending.kind;
  return { ...named, kind, reason: ending.reason };
}

/** A package that is not what it should be. Its run is found by the id, which names its experiment. */
async function putAway(session: Session, id: string, reason: string): Promise<IngestedPackage> {
  const { store } = session;
  const found = store
    .rows()
    .flatMap((row) => row.running.map((run) => ({ experiment: row.id, ...run })))
    .find((run) => run.dispatch_id === id);
  const named = {
    dispatch_id: id,
    experiment: found?.experiment ?? "",
    run_id: found?.run_id ?? "",
  };
  if (found !== undefined) {
    const pack = packageOrNull(session, id);
    if (pack === null) {
      const dir = join(experimentLayout(store.layout, found.experiment).runs, found.run_id);
      await interruptRun(session, { ...found, dir }, reason);
    } else await endPackage(session, pack, { outcome: "lost", reason });
  }
  return ended(session, { kind: "quarantined", reason }, named);
}

function packageOrNull({ store }: Session, id: string): ReturnType<typeof readPackage> | null {
  try {
    return readPackage(store.layout.packages, id);
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
