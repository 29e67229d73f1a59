import {
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import type { Welcome } from "../domain/dispatch/protocol.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import { generationName, readGenerations } from "../domain/lease.ts";
import type { ProcessIdentity, Processes, Random } from "../ports.ts";
import {
  createOnce,
  ensureFolder,
  removeIfThere,
  replaceFile,
  syncFolder,
  temporaryPath,
} from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import { parsed } from "./attempt-folder.ts";
import { namesIn } from "../store/names-in.ts";

/**
 * The folder of one worker: `attempts/`, `cache/`, who it is for which queue (`worker.json`, readable
 * by its owner only), and who uses it now (`owner/`, one file a generation as leases have it). What is
 * in it outlives the worker; the next one on the same spool goes on with it.
 */
export interface Spool {
  dir: string;
  attempts: string;
  cache: string;
  /** Results that the queue refused for good. */
  refused: string;
  member(): Membership | null;
  saveMember(member: Membership): void;
  /** Key of the joining in progress: after a lost reply the same one asks for the same identity. */
  joinKey(): string;
  /** It is a member: the next time it joins it is somebody new. */
  joined(): void;
  /** Key of the claim in progress: after a lost reply, or a crash, the same one asks for the same leases. */
  claimKey(): string;
  /** Whatever that claim came to is in the spool. */
  claimed(): void;
}

/** Who a worker is, and for whom. */
export interface Membership {
  /** As messages name it: an address, or a data root. */
  queue: string;
  /** Pin of the hub's certificate; null for none. */
  pin: string | null;
  welcome: Welcome;
}

const MembershipSchema = lazily(() =>
  v.object({
    queue: v.string(),
    pin: v.nullable(v.string()),
    welcome: v.object({
      worker: v.string(),
      token: v.string(),
      hub: v.string(),
      version: v.string(),
      heartbeat_s: v.number(),
      lease_s: v.number(),
      poll_s: v.number(),
      log_chunk: v.number(),
    }),
  }),
);

const OwnerSchema = lazily(() =>
  v.object({ host: v.string(), boot: v.string(), pid: v.number(), start: v.string() }),
);

/**
 * Opens a spool as its one owner, until this process ends. Throws LabError lease-held when another
 * process has it.
 */
export function openSpool(dir: string, processes: Processes, random: Random): Spool {
  ensureFolder(dir);
  takeOwnership(join(dir, "owner"), dir, processes);
  const path = join(dir, "worker.json");
  const claim = join(dir, "claim");
  const joining = join(dir, "join");
  const spool: Spool = {
    dir,
    attempts: join(dir, "attempts"),
    cache: join(dir, "cache"),
    refused: join(dir, "refused"),
    member: () => memberOf(dir),
    saveMember: (member) => writeSecret(path, `${JSON.stringify(member)}\n`),
    joinKey: () => keyIn(joining, random),
    joined: () => removeIfThere(joining),
    claimKey: () => keyIn(claim, random),
    claimed: () => removeIfThere(claim),
  };
  ensureFolder(spool.attempts);
  return spool;
}

/** The key that is in a file, or a new one that is put there. */
function keyIn(path: string, random: Random): string {
  const left = readText(path)?.trim() ?? "";
  if (/^[0-9a-f]{32}$/.test(left)) return left;
  const key = random.hex(16);
  replaceFile(path, key);
  return key;
}

/** Who the worker of a spool is, whoever uses it now; null when it never joined. */
export function memberOf(dir: string): Membership | null {
  return parsed(MembershipSchema(), readText(join(dir, "worker.json")));
}

/** An owner touches its file this often; one of another host that did not for long is gone. */
const TOUCH_MS = 10_000;
const GONE_MS = 60_000;

/** The process that uses a spool; null when nobody does. */
export function spoolOwner(dir: string, processes: Processes): ProcessIdentity | null {
  const folder = join(dir, "owner");
  return ownerOf(folder, readGenerations(namesIn(folder)).highest, processes);
}

function ownerOf(folder: string, highest: number, processes: Processes): ProcessIdentity | null {
  if (highest === 0) return null;
  const path = join(folder, `${generationName(highest)}.json`);
  const owner = parsed(OwnerSchema(), readText(path));
  if (owner === null) return null;
  const liveness = processes.liveness(owner);
  const isOwner = liveness === "unknown" ? age_ms(folder, path) < GONE_MS : liveness === "alive";
  return isOwner ? owner : null;
}

/** By the clock of the file system, which is the same for both. */
function age_ms(folder: string, path: string): number {
  const now = temporaryPath(join(folder, "now"));
  writeFileSync(now, "", { flag: "wx" });
  try {
    return statSync(now).mtimeMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  } finally {
    removeIfThere(now);
  }
}

function takeOwnership(folder: string, dir: string, processes: Processes): void {
  ensureFolder(folder);
  for (;;) {
    const { highest, all } = readGenerations(namesIn(folder));
    // Of the generation that is followed, and no later one: two that start at the same moment see
    // the same dead owner, and only one of them may be its successor.
    const owner = ownerOf(folder, highest, processes);
    if (owner !== null) {
      throw new LabError(
        "lease-held",
        `the spool ${dir} is used by process ${owner.pid} on ${owner.host}`,
        { hint: "stop that worker, or give this one a folder of its own with --spool" },
      );
    }
    const mine = join(folder, `${generationName(highest + 1)}.json`);
    if (!createOnce(mine, `${JSON.stringify(processes.self())}\n`)) continue;
    // One that slept since before that generation was removed may have made a low number.
    if (readGenerations(namesIn(folder)).highest > highest + 1) {
      removeIfThere(mine);
      continue;
    }
    for (const old of all) removeIfThere(join(folder, `${generationName(old)}.json`));
    setInterval(() => touch(mine), TOUCH_MS).unref();
    return;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    // It runs on a timer, where nobody could catch it; somebody may have removed the whole spool.
    if (systemCode(error) === "") throw error;
  }
}

/** As replaceFile(), for its owner's eyes only, and durable. */
function writeSecret(path: string, text: string): void {
  const temporary = temporaryPath(path);
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Bytes that are free where the spool is, and how many there are in all. */
export function spaceOf(dir: string): { free: number; total: number } {
  const { bavail, blocks, bsize } = statfsSync(dir);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Whether what failed there may have failed for want of space. */
export function isDiskFull(dir: string): boolean {
  return spaceOf(dir).free < 256 * 1024;
}
