import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { blobsOf } from "../domain/dispatch/file-tree.ts";
import type { Hello } from "../domain/dispatch/protocol.ts";
import { attemptId, parseAttemptId } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import type { Clock, Processes } from "../ports.ts";
import { isInside } from "../run/tree.ts";
import { digestOfFile, openBlobs } from "../store/blobs.ts";
import {
  ensureFolder,
  isStorageError,
  storageError,
  syncFile,
  temporaryPath,
} from "../store/durable.ts";
import { layoutOf } from "../store/layout.ts";
import { HEARTBEAT_MS, LEASE_TTL_MS } from "../store/leases.ts";
import { indexPackage } from "../store/package-index.ts";
import { beatPackage, releasePackage, sealPackage } from "../store/package-queue.ts";
import { attemptFolder, packageFolder, packageState } from "../store/package-state.ts";
import { createFolderClaims } from "./folder-claims.ts";
import { pause } from "./contact.ts";
import type { Transport } from "./transport.ts";

export interface FolderTransportOptions {
  /** The data root, which several machines may see. */
  root: string;
  clock: Clock;
  processes: Processes;
  version: string;
}

/** A folder is asked this often whether there is work. */
const POLL_MS = 250;
const POLL_S = 20;
const LOG_CHUNK_BYTES = 256 * 1024;

/**
 * Works through the files of a data root alone: packages, attempts, seals and blobs are created once,
 * and the ledger is left to those who ingest. Trouble with that folder is `try-later`.
 */
export function createFolderTransport(options: FolderTransportOptions): Transport {
  const { root } = options;
  const layout = layoutOf(root);
  const blobs = openBlobs(layout.blobs);
  const claims = createFolderClaims(layout, options);
  let hello: Hello | null = null;

  /** Runs `act`; what its files refuse is told as trouble of the folder. */
  async function inFolder<T>(act: () => T | Promise<T>): Promise<T> {
    if (!existsSync(layout.dispatch)) throw notThere(root);
    try {
      return await act();
    } catch (error) {
      const path = error instanceof Error && "path" in error ? String(error.path) : root;
      if (!isStorageError(error) || !isInside(root, path)) throw error;
      throw storageError(error, `working on the queue in ${root}`);
    }
  }

  function placeOf(attempt: string): { id: string; epoch: number } {
    const parsed = parseAttemptId(attempt);
    if (parsed !== null) return { id: parsed.package, epoch: parsed.epoch };
    throw new LabError("usage", `not the name of an attempt: ${JSON.stringify(attempt)}`);
  }

  const index = (id: string): void => indexPackage(layout, packageState(layout.packages, id));

  return {
    join: (given) =>
      inFolder(() => {
        hello = given;
        return {
          worker: given.name,
          token: "",
          hub: root,
          version: options.version,
          heartbeat_s: HEARTBEAT_MS / 1000,
          lease_s: LEASE_TTL_MS / 1000,
          poll_s: POLL_S,
          log_chunk: LOG_CHUNK_BYTES,
        };
      }),
    async claim(request, signal) {
      const end_ms = options.clock.monotonic_ms() + request.wait_s * 1000;
      for (;;) {
        const known = hello;
        if (known === null) throw new LabError("usage", "the worker has not joined");
        const taken = await inFolder(() => claims.take(known, request));
        if (taken.length > 0 || signal.aborted || options.clock.monotonic_ms() >= end_ms) {
          return taken.map(({ pack, epoch }) => ({
            attempt: attemptId(pack.id, epoch),
            epoch,
            lease_s: LEASE_TTL_MS / 1000,
            pack,
          }));
        }
        await pause(POLL_MS, [signal]);
      }
    },
    heartbeat: (beat) =>
      inFolder(() => ({
        worker: "none" as const,
        attempts: beat.attempts.map(({ attempt }) => {
          const { id, epoch } = placeOf(attempt);
          const gone = { attempt, status: "gone" as const, command: "none" as const };
          if (!existsSync(packageFolder(layout.packages, id))) return gone;
          const state = packageState(layout.packages, id);
          const isOver = state.ended !== null || (state.sealed !== null && state.sealed !== epoch);
          if (isOver) return gone;
          beatPackage(layout.packages, id, epoch);
          const status = state.epoch > epoch ? ("stale" as const) : ("ok" as const);
          return { attempt, status, command: "none" as const };
        }),
      })),
    log: (attempt, stream, offset, bytes) =>
      inFolder(() => {
        const { id, epoch } = placeOf(attempt);
        const folder = attemptFolder(layout.packages, id, epoch);
        ensureFolder(folder);
        return { offset: appendAt(join(folder, `${stream}.log`), offset, bytes) };
      }),
    missing: (digests) => inFolder(() => digests.filter((digest) => !blobs.renew(digest))),
    putBlob: (digest, path) =>
      inFolder(() => {
        const added = blobs.addFile(path);
        if (added.digest !== digest) throw otherContent(path, digest);
      }),
    getBlob: (digest, path) =>
      inFolder(() => {
        const source = blobs.path(digest);
        if (!blobs.has(digest)) throw new LabError("damaged", `there is no blob ${digest}`);
        ensureFolder(dirname(path));
        const temporary = temporaryPath(path);
        try {
          copyFileSync(source, temporary);
          syncFile(temporary);
          if (digestOfFile(temporary).digest !== digest) throw otherContent(source, digest);
          renameSync(temporary, path);
        } finally {
          rmSync(temporary, { force: true });
        }
      }),
    complete: (attempt, { result }) =>
      inFolder(() => {
        const { id, epoch } = placeOf(attempt);
        if (!existsSync(packageFolder(layout.packages, id))) {
          return { status: "stale", reason: `there is no package ${id}` };
        }
        const missing = [...blobsOf(result.files).keys()].filter((digest) => !blobs.has(digest));
        if (missing.length > 0) return { status: "missing", blobs: missing };
        const by = sealPackage(layout.packages, result);
        index(id);
        if (by === epoch) return { status: "sealed" };
        if (by === null) return { status: "stale", reason: `${id} has ended` };
        return { status: "superseded", by };
      }),
    release: (attempt, release) =>
      inFolder(() => {
        const { id, epoch } = placeOf(attempt);
        if (!existsSync(packageFolder(layout.packages, id))) return;
        releasePackage(layout.packages, id, epoch, release);
        index(id);
      }),
  };
}

/** Writes what is not there yet; returns where to go on. */
function appendAt(path: string, offset: number, bytes: Uint8Array): number {
  const fd = openSync(path, "a+");
  try {
    const { size } = fstatSync(fd);
    if (offset > size) return size;
    const fresh = bytes.subarray(size - offset);
    for (let at = 0; at < fresh.length;) at += writeSync(fd, fresh, at);
    return size + fresh.length;
  } finally {
    closeSync(fd);
  }
}

/** Not mounted at this moment, perhaps: what runs goes on. */
function notThere(root: string): LabError {
  return new LabError("try-later", `${root} is no data root, or not there now`, {
    hint: "name one with --data-root, or give the join string of a hub",
  });
}

function otherContent(path: string, digest: string): LabError {
  return new LabError("damaged", `${path} is not the blob ${digest}`, {
    hint: "run `labctl verify`",
  });
}
