import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult } from "../domain/dispatch/attempt.ts";
import type { RunPackage } from "../domain/dispatch/run-package.ts";
import { systemCode } from "../domain/errors.ts";
import { createOnce, ensureFolder } from "./durable.ts";
import {
  attemptFolder,
  epochName,
  packageFolder,
  packageState,
  resultPath,
  sealedEpoch,
  type Claim,
  type Ending,
  type PackageState,
  type Release,
} from "./package-state.ts";

/** What happens to packages of the folder queue; how one stands is in package-state.ts. */

/** Durable on return; returns false when it was there. */
export function addPackage(packages: string, pack: RunPackage): boolean {
  const folder = packageFolder(packages, pack.id);
  ensureFolder(join(folder, "attempts"));
  return createOnce(join(folder, "package.json"), `${JSON.stringify(pack, null, 2)}\n`);
}

/**
 * Takes the epoch after `state.epoch`. Returns it, or null when somebody was quicker. The caller has
 * judged before that the package may be taken: nobody has it, it was released, or its owner is gone.
 */
export function claimPackage(packages: string, state: PackageState, claim: Claim): number | null {
  const epoch = state.epoch + 1;
  const attempts = join(packageFolder(packages, state.id), "attempts");
  if (!createOnce(join(attempts, `${epochName(epoch)}.json`), `${JSON.stringify(claim)}\n`)) {
    return null;
  }
  ensureFolder(join(attempts, epochName(epoch)));
  return epoch;
}

/** Shows observers that the owner of an epoch lives. */
export function beatPackage(packages: string, id: string, epoch: number): void {
  const path = beatPath(packages, id, epoch);
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    writeFileSync(path, "");
  }
}

/** What changes with each beat, as the file system says it; "" before the first. */
export function lastBeat(packages: string, id: string, epoch: number): string {
  const stat = statSync(beatPath(packages, id, epoch), { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeNs} ${stat.ctimeNs}`;
}

/** Its owner will not finish it. Saying so again changes nothing. */
export function releasePackage(
  packages: string,
  id: string,
  epoch: number,
  release: Release,
): void {
  const path = `${attemptFolder(packages, id, epoch)}.released`;
  createOnce(path, `${JSON.stringify(release)}\n`);
}

/**
 * Keeps the result of an epoch and seals the package with it, unless it is sealed or ended: the first
 * to finish wins. Returns the epoch that counts; null when it has ended without one. May be repeated.
 */
export function sealPackage(packages: string, result: AttemptResult): number | null {
  const { package: id, epoch } = result;
  const folder = packageFolder(packages, id);
  const text = `${JSON.stringify(result)}\n`;
  createOnce(resultPath(packages, id, epoch), text);
  const { sealed, ended } = packageState(packages, id);
  if (sealed !== null || ended !== null) return sealed;
  const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  createOnce(join(folder, "SEALED"), `${JSON.stringify({ epoch, sha256 })}\n`);
  return sealedEpoch(packages, id);
}

/** Nothing more happens to it. The first ending stays. */
export function endPackageFiles(packages: string, id: string, ending: Ending): void {
  createOnce(join(packageFolder(packages, id), "ENDED"), `${JSON.stringify(ending)}\n`);
}

function beatPath(packages: string, id: string, epoch: number): string {
  return `${attemptFolder(packages, id, epoch)}.beat`;
}
