import { readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { ensureFolder } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { packageIds, packageState, type PackageState } from "./package-state.ts";
import { namesIn } from "./names-in.ts";

/** Where people and scripts look for packages; the files of a package alone say how it stands. */
export const STAGES = ["ready", "running", "complete", "quarantine"] as const;
export type Stage = (typeof STAGES)[number];

/** null: it is in no stage any more. */
export function stageOf(state: PackageState): Stage | null {
  if (state.ended?.kind === "quarantined") return "quarantine";
  if (state.ended !== null) return null;
  if (state.sealed !== null) return "complete";
  return state.epoch > 0 && state.released === null ? "running" : "ready";
}

/** Brings `dispatch/<stage>/<id>` of one package to where it belongs. Links: nothing is moved. */
export function indexPackage(layout: Layout, state: PackageState): void {
  const wanted = stageOf(state);
  for (const stage of STAGES) {
    const link = join(layout.dispatch, stage, state.id);
    const isThere = isLink(link);
    if (isThere && stage !== wanted) remove(link);
    if (isThere || stage !== wanted) continue;
    ensureFolder(join(layout.dispatch, stage));
    try {
      symlinkSync(`../packages/${state.id}`, link, "junction");
    } catch (error) {
      // Somebody else was quicker, or the file system has no links: it is an index only.
      if (!["EEXIST", "EPERM", "ENOTSUP", "EOPNOTSUPP"].includes(systemCode(error))) throw error;
    }
  }
}

/** Brings the whole index to agree with the packages; links to packages that are gone go, too. */
export function indexPackages(layout: Layout): void {
  const ids = packageIds(layout.packages);
  for (const id of ids) indexPackage(layout, packageState(layout.packages, id));
  const known = new Set(ids);
  for (const stage of STAGES) {
    for (const name of namesIn(join(layout.dispatch, stage))) {
      const link = join(layout.dispatch, stage, name);
      if (isLink(link) && !known.has(name)) remove(link);
    }
  }
}

function isLink(path: string): boolean {
  try {
    readlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function remove(link: string): void {
  try {
    unlinkSync(link);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}
