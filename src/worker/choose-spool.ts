import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { Processes, Random } from "../ports.ts";
import { memberOf, openSpool, spoolOwner, type Spool } from "./spool.ts";

/** More workers than this on one machine have to say where their spools are. */
const MOST = 100;

export interface SpoolChoice {
  /** --spool; null: one below the user's state folder. */
  dir: string | null;
  /** --name, or the host's. */
  name: string;
  /** Whether `name` may get `-2`, `-3`, ... */
  isNameFree: boolean;
  /** Address of the hub, or the data root. */
  queue: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The spool of this worker and the name that goes with it: the first of `name`, `name-2`, ... that no
 * other worker of the queue uses. Throws LabError when there is none.
 */
export function chooseSpool(
  choice: SpoolChoice,
  processes: Processes,
  random: Random,
): { spool: Spool; name: string } {
  const { dir, name, queue } = choice;
  if (dir !== null) {
    const spool = openSpool(dir, processes, random);
    assertSameQueue(spool, queue);
    return { spool, name };
  }
  const parent = join(stateFolder(choice.env), "workers");
  for (let number = 1; number <= MOST; number++) {
    const own = number === 1 ? name : `${name}-${number}`;
    const folder = folderOf(parent, own, queue);
    const isUsable = !existsSync(folder) || spoolOwner(folder, processes) === null;
    if (!isUsable && choice.isNameFree) continue;
    try {
      const spool = openSpool(folder, processes, random);
      assertSameQueue(spool, queue);
      return { spool, name: own };
    } catch (error) {
      // Another one that starts at the same moment was quicker.
      const isTaken = error instanceof LabError && error.code === "lease-held";
      if (!isTaken || !choice.isNameFree) throw error;
    }
  }
  throw new LabError("lease-held", `${MOST} workers named ${name} have their spools in ${parent}`, {
    hint: "name a folder of its own with --spool",
  });
}

/** A worker may have the same name in several queues: each has a spool for it. */
function folderOf(parent: string, name: string, queue: string): string {
  const folder = join(parent, name);
  const other = memberOf(folder)?.queue ?? queue;
  if (other === queue) return folder;
  const mark = new Bun.CryptoHasher("sha256").update(queue).digest("hex").slice(0, 8);
  return `${folder}@${mark}`;
}

function assertSameQueue(spool: Spool, queue: string): void {
  const other = spool.member()?.queue;
  if (other === undefined || other === queue) return;
  throw new LabError("usage", `the spool ${spool.dir} belongs to a worker for ${other}`, {
    hint: "name another folder with --spool, or start that worker again to have its results delivered",
  });
}

/** Where programs of a user keep what outlives them. */
function stateFolder(env: SpoolChoice["env"]): string {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "labctl");
}
