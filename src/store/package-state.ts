import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import {
  AttemptResultSchema,
  FAILURE_CLASSES,
  type AttemptResult,
  type FailureClass,
} from "../domain/dispatch/attempt.ts";
import { PACKAGE_ID, parseRunPackage, type RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import type { ProcessIdentity } from "../ports.ts";
import { readText } from "./read-text.ts";
import { namesIn } from "./names-in.ts";

/**
 * The queue as a folder, for any number of processes and machines that see it. Each package has one,
 * `dispatch/packages/<id>/`, and whatever happens to it is a file that is created once:
 *
 *     package.json                    what is to be run
 *     attempts/000001.json            somebody claimed it: the number is the epoch
 *     attempts/000001.beat            touched while that somebody lives
 *     attempts/000001.released        will not be finished by it, and why
 *     attempts/000001/                its own folder: nobody else writes there
 *     attempts/000001.result.json     what it came to
 *     SEALED                          the epoch whose result counts: the first to finish
 *     ENDED                           cancelled, quarantined or ingested: nothing more happens
 */
export interface PackageState {
  id: string;
  /** 0: nobody had it yet. */
  epoch: number;
  claim: Claim | null;
  /** Of the last epoch. */
  released: Release | null;
  /** Of all epochs, oldest first. */
  releases: { worker: string; class: FailureClass }[];
  /** The epoch that counts. */
  sealed: number | null;
  ended: Ending | null;
}

export interface Claim extends ProcessIdentity {
  worker: string;
  claimed_at: string;
  /** By `dispatch-claim`: a person or script executes it, and sends no sign of life. */
  manual: boolean;
}

export interface Release {
  class: FailureClass;
  reason: string;
}

export interface Ending {
  kind: "ingested" | "cancelled" | "quarantined";
  reason: string;
}

const ClaimSchema = lazily(() =>
  v.object({
    worker: v.string(),
    claimed_at: v.string(),
    manual: v.boolean(),
    host: v.string(),
    boot: v.string(),
    pid: v.number(),
    start: v.string(),
  }),
);
const ReleaseSchema = lazily(() =>
  v.object({ class: v.picklist(FAILURE_CLASSES), reason: v.string() }),
);
const SealSchema = lazily(() => v.object({ epoch: v.number(), sha256: v.string() }));
const EndingSchema = lazily(() =>
  v.object({ kind: v.picklist(["ingested", "cancelled", "quarantined"]), reason: v.string() }),
);

/** How files name an epoch. */
export const epochName = (epoch: number): string => String(epoch).padStart(6, "0");

/** `packages`: the folder `dispatch/packages`. */
export function packageFolder(packages: string, id: string): string {
  if (!PACKAGE_ID.test(id)) {
    throw new LabError("usage", `not the id of a package: ${JSON.stringify(id.slice(0, 200))}`, {
      hint: "they look like DISPATCH-20261127-140501-123000-experiment",
    });
  }
  return join(packages, id);
}

/** Where an attempt keeps what is its own. */
export function attemptFolder(packages: string, id: string, epoch: number): string {
  return join(packageFolder(packages, id), "attempts", epochName(epoch));
}

/** Ids of all packages, oldest first. */
export function packageIds(packages: string): string[] {
  return namesIn(packages)
    .filter((name) => PACKAGE_ID.test(name))
    .sort();
}

/** Throws LabError not-found, or damaged for one that is no package. */
export function readPackage(packages: string, id: string): RunPackage {
  const text = readText(join(packageFolder(packages, id), "package.json"));
  if (text === null) {
    throw new LabError("not-found", `no package ${id}`, { hint: "`labctl status` counts them" });
  }
  const pack = parseRunPackage(text);
  if (pack === null || pack.id !== id) {
    throw new LabError("damaged", `dispatch/packages/${id}/package.json is no package`, {
      hint: "`labctl dispatch-ingest` puts it into quarantine",
    });
  }
  return pack;
}

/** What the files say; a file that is being written counts as not there yet. */
export function packageState(packages: string, id: string): PackageState {
  const folder = packageFolder(packages, id);
  const attempts = join(folder, "attempts");
  const names = namesIn(attempts);
  const epochs = names.flatMap((name) => /^(\d{6})\.json$/.exec(name)?.[1] ?? []).map(Number);
  const epoch = Math.max(0, ...epochs);
  const at = (number: number, ending: string): string =>
    join(attempts, `${epochName(number)}.${ending}`);
  const releases = epochs
    .sort((a, b) => a - b)
    .flatMap((number) => {
      if (!names.includes(`${epochName(number)}.released`)) return [];
      const release = parsed(ReleaseSchema(), at(number, "released"));
      const claim = parsed(ClaimSchema(), at(number, "json"));
      if (release === null) return [];
      return [{ worker: claim?.worker ?? "", class: release.class }];
    });
  return {
    id,
    epoch,
    claim: epoch === 0 ? null : parsed(ClaimSchema(), at(epoch, "json")),
    released: epoch === 0 ? null : parsed(ReleaseSchema(), at(epoch, "released")),
    releases,
    sealed: parsed(SealSchema(), join(folder, "SEALED"))?.epoch ?? null,
    ended: parsed(EndingSchema(), join(folder, "ENDED")),
  };
}

/** The result of an epoch. Throws LabError damaged when it is missing or not one. */
export function readAttemptResult(packages: string, id: string, epoch: number): AttemptResult {
  const result = parsed(AttemptResultSchema(), resultPath(packages, id, epoch));
  if (result === null || result.package !== id || result.epoch !== epoch) {
    throw new LabError("damaged", `${id}: the result of attempt ${epoch} is missing or no result`, {
      hint: "look into dispatch/quarantine/",
    });
  }
  return result;
}

/** Whether there is such a package here that has not ended. */
export function isOpenPackage(packages: string, id: string): boolean {
  const folder = packageFolder(packages, id);
  return existsSync(join(folder, "package.json")) && !existsSync(join(folder, "ENDED"));
}

/** Where the result of an epoch is. */
export function resultPath(packages: string, id: string, epoch: number): string {
  return `${attemptFolder(packages, id, epoch)}.result.json`;
}

function parsed<S extends v.GenericSchema>(schema: S, path: string): v.InferOutput<S> | null {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemCode(error))) return null;
    throw error;
  }
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The epoch that counts; null when there is none yet. */
export function sealedEpoch(packages: string, id: string): number | null {
  return parsed(SealSchema(), join(packageFolder(packages, id), "SEALED"))?.epoch ?? null;
}
