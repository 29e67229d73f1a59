import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PRIORITIES } from "../../domain/types.ts";
import type { RunPackage } from "../../domain/dispatch/run-package.ts";
import { renderPackageReadme } from "../../reduce/package-readme.ts";
import { openBlobs } from "../../store/blobs.ts";
import { ensureFolder } from "../../store/durable.ts";
import { claimStanding, type ClaimStanding } from "../../store/package-claims.ts";
import { indexPackage, indexPackages } from "../../store/package-index.ts";
import { addPackage, releasePackage } from "../../store/package-queue.ts";
import {
  packageFolder,
  packageIds,
  packageState,
  readPackage,
  type PackageState,
} from "../../store/package-state.ts";
import { LabError } from "../../domain/errors.ts";
import { interruptRun } from "../finish-run.ts";
import type { RemoteRunner, RunOutcome } from "../run-request.ts";
import type { Session } from "../session.ts";
import { startRun } from "../start-run.ts";
import { assertTravels, makePackage } from "./make-package.ts";
import { workspaceSource } from "./workspace-source.ts";

/** Puts runs into the folder queue instead of executing them; they are `queued`, not sealed. */
export function folderQueueRunner(session: Session): RemoteRunner {
  const { store, lab } = session;
  const blobs = openBlobs(store.layout.blobs);
  return {
    async run(_session, request): Promise<RunOutcome> {
      const started = await startRun(session, request, { dispatched: true });
      const { run_id, dir, tier, role, view } = started;
      const { experiment } = request;
      let pack: RunPackage;
      try {
        assertTravels(started.spec);
        const take = workspaceSource(store.layout, started.spec, blobs, lab.log);
        pack = await makePackage(session, started, request, await take());
      } catch (error) {
        await interruptRun(session, { experiment, run_id, dir }, "it could not be packed");
        throw error;
      }
      addToFolder(session, pack);
      const previous_best = view.best_metric_by_tier[tier] ?? null;
      const nothing = { value: null, reason: "", duration_ms: 0, reports: [] };
      const named = { run_id, dir, tier, role, previous_best, queued: pack.id };
      return { ...named, report: { outcome: "cancelled", ...nothing }, sealed: false };
    },
    async adopt(): Promise<RunOutcome> {
      throw new LabError("usage", "runs of the folder queue are ingested, not waited for");
    },
  };
}

function addToFolder({ store }: Session, pack: RunPackage): void {
  const { layout } = store;
  const folder = packageFolder(layout.packages, pack.id);
  ensureFolder(join(folder, "input"));
  // For people and scripts; workers take them from the package itself.
  for (const [name, text] of Object.entries(pack.inputs)) {
    writeFileSync(join(folder, "input", name), text);
  }
  writeFileSync(join(folder, "README.md"), renderPackageReadme(pack));
  writeFileSync(join(folder, "dispatch.json"), dispatchJson(pack));
  addPackage(layout.packages, pack);
  indexPackage(layout, packageState(layout.packages, pack.id));
}

/** As the Python original named things; package.json is what workers go by. */
function dispatchJson(pack: RunPackage): string {
  const { id, experiment, run, created_at, executor_class, priority, spec } = pack;
  const shown = {
    schema_version: 1,
    dispatch_id: id,
    experiment,
    run_id: run.id,
    iteration: run.iteration,
    role: run.role,
    fidelity_tier: run.tier,
    executor_class,
    priority,
    lease_id: run.lease_id,
    queued_at: created_at,
    time_budget_minutes: spec.time_budget_minutes,
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

/** A package that may be taken now. */
export interface Takeable {
  pack: RunPackage;
  state: PackageState;
}

/**
 * Packages that somebody may take now, most urgent first. Claims whose owner is known to be dead are
 * given back on the way; packages that cannot be read are passed over (ingesting puts them away).
 */
export function takeablePackages(session: Session, classes: readonly string[]): Takeable[] {
  const { packages } = session.store.layout;
  const found: Takeable[] = [];
  for (const id of packageIds(packages)) {
    const state = packageState(packages, id);
    const pack = readable(packages, id);
    if (pack === null) continue;
    if (classes.length > 0 && !classes.includes(pack.executor_class)) continue;
    if (releaseIfDead(session, pack, state) || isFree(session, pack, state)) {
      found.push({ pack, state: packageState(packages, id) });
    }
  }
  return found.sort(
    (a, b) =>
      PRIORITIES.indexOf(a.pack.priority) - PRIORITIES.indexOf(b.pack.priority) ||
      (a.pack.id < b.pack.id ? -1 : 1),
  );
}

/** Gives back what dead processes of this host had claimed, and what nobody finished by hand; their ids. */
export function releaseDeadClaims(session: Session): string[] {
  const { packages } = session.store.layout;
  const released = packageIds(packages).filter((id) => {
    const pack = readable(packages, id);
    return pack !== null && releaseIfDead(session, pack, packageState(packages, id));
  });
  if (released.length > 0) indexPackages(session.store.layout);
  return released;
}

function standingOf({ lab }: Session, pack: RunPackage, state: PackageState): ClaimStanding {
  return claimStanding(state, pack, { processes: lab.processes, now: lab.clock.now() });
}

function isFree(session: Session, pack: RunPackage, state: PackageState): boolean {
  return standingOf(session, pack, state).kind === "free";
}

function releaseIfDead(session: Session, pack: RunPackage, state: PackageState): boolean {
  const standing = standingOf(session, pack, state);
  if (standing.kind !== "dead") return false;
  const { packages } = session.store.layout;
  releasePackage(packages, pack.id, state.epoch, { class: "node-lost", reason: standing.why });
  return true;
}

function readable(packages: string, id: string): RunPackage | null {
  try {
    return readPackage(packages, id);
  } catch (error) {
    if (error instanceof LabError) return null;
    throw error;
  }
}
