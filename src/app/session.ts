import { statSync } from "node:fs";
import { LabError, systemCode } from "../domain/errors.ts";
import { isoTime } from "../domain/time.ts";
import { adoptOriginals } from "../store/adopt.ts";
import { isStorageError, storageError } from "../store/durable.ts";
import { layoutOf } from "../store/layout.ts";
import { openLabStore, type LabStore } from "../store/lab-store.ts";
import type { Lab } from "./lab.ts";

/** A lab whose data root is open and whose state is caught up with the ledger. */
export interface Session {
  lab: Lab;
  store: LabStore;
  /** Now, as events and manifests write it. */
  now(): string;
}

/** Opens the data root, which must exist; experiments of the Python original are taken over. */
export async function openSession(lab: Lab): Promise<Session> {
  assertDataRoot(lab.root);
  const store = openLabStore({
    layout: layoutOf(lab.root),
    calendar: lab.calendar,
    version: lab.version,
    writer: lab.random.hex(6),
  });
  const session = { lab, store, now: () => isoTime(lab.clock.now()) };
  try {
    await store.sync();
    await adoptOriginals(store, lab);
  } catch (error) {
    if (isStorageError(error)) throw storageError(error, `opening ${lab.root}`);
    throw error;
  }
  return session;
}

/** Throws unless `root` is a folder that looks like a data root. */
export function assertDataRoot(root: string): void {
  if (!rootExists(root)) {
    throw new LabError("not-found", `Data root does not exist: ${root}.`, {
      hint: "run `labctl init` first, or name another with --data-root or HERMES_LAB_DATA_ROOT",
    });
  }
  const registry = statSync(`${root}/registry`, { throwIfNoEntry: false });
  if (registry === undefined) {
    throw new LabError("not-found", `${root} is not a data root: it has no registry/ folder`, {
      hint: "run `labctl init` to make it one, or name another with --data-root",
    });
  }
}

/** Whether there is a folder at `root`; throws when it is something else, or below a file. */
export function rootExists(root: string): boolean {
  try {
    const found = statSync(root, { throwIfNoEntry: false });
    if (found === undefined || found.isDirectory()) return found !== undefined;
  } catch (error) {
    if (systemCode(error) !== "ENOTDIR") throw storageError(error, `opening ${root}`);
  }
  throw new LabError("usage", `Data root is not a folder: ${root}`, {
    hint: "name a folder with --data-root or HERMES_LAB_DATA_ROOT",
  });
}
