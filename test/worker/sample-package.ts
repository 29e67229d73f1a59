import { join } from "node:path";
import type { RunPackage, WorkspaceSource } from "../../src/domain/dispatch/run-package.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import { openBlobs, type Blobs } from "../../src/store/blobs.ts";
import { packTree, WORKSPACE_LIMITS } from "../../src/store/file-trees.ts";
import { attemptFiles, makeAttempt, type AttemptFiles } from "../../src/worker/attempt-folder.ts";
import { cacheFolders } from "../../src/worker/cache-folders.ts";
import { specWith } from "../run/request.ts";

let count = 0;

/** A package of one run, with an id of its own. */
export function packageWith(
  spec: Partial<Spec> = {},
  changes: Partial<RunPackage> = {},
): RunPackage {
  const number = String(++count).padStart(6, "0");
  const full = specWith(spec);
  return {
    schema_version: 1,
    id: `DISPATCH-20261127-120000-${number}-${full.id}`,
    created_at: "2026-11-27T12:00:00.000Z",
    experiment: full.id,
    executor_class: "default",
    priority: "normal",
    needs: { gpus: 0, labels: [] },
    timeout_ms: 60_000,
    run: {
      id: `RUN-20261127-120000-${number}-scout`,
      iteration: count,
      role: "scout",
      tier: "default",
      next_tier: null,
      lease_id: "LEASE-1",
      mode: "burst",
    },
    spec: full,
    inputs: { "SPEC.yaml": "id: demo\n", "SUMMARY.md": "none yet\n" },
    best: null,
    params: null,
    seed: 7,
    in_sandbox: true,
    workspace: null,
    follow_reports: false,
    ...changes,
  };
}

/** Stores a folder as blobs, as a package names it. */
export function treeSource(folder: string, blobs: Blobs): WorkspaceSource {
  const tree = packTree(folder, blobs, { limits: WORKSPACE_LIMITS });
  const { digest, bytes } = blobs.addBytes(Buffer.from(JSON.stringify(tree)));
  return { kind: "tree", digest, bytes };
}

/** Stores the commit that a checkout is at. */
export function gitSource(checkout: string, blobs: Blobs, directory = ""): WorkspaceSource {
  const git = (...args: string[]): string => {
    const done = Bun.spawnSync(["git", "-C", checkout, ...args]);
    if (done.exitCode !== 0) throw new Error(done.stderr.toString());
    return done.stdout.toString().trim();
  };
  const bundle = join(checkout, ".git", "sample.bundle");
  git("bundle", "create", bundle, "HEAD");
  return { kind: "git", ...blobs.addFile(bundle), commit: git("rev-parse", "HEAD"), directory };
}

/** The folder of an attempt that a worker with its spool in `spool` was given. */
export function attemptOf(spool: string, pack: RunPackage, gpus: string[] = []): AttemptFiles {
  const attempt = `${pack.id}.1`;
  const files = attemptFiles(join(spool, "attempts", attempt));
  makeAttempt(files, pack, {
    schema_version: 1,
    attempt,
    epoch: 1,
    worker: "w",
    host: "h",
    key: "key-12345678",
    gpus,
    environment: gpus.length === 0 ? {} : { CUDA_VISIBLE_DEVICES: gpus.join(",") },
    cache: join(spool, "cache"),
    oom_kills: null,
  });
  return files;
}

/** The blobs in the cache of that spool. */
export function cacheOf(spool: string): Blobs {
  return openBlobs(cacheFolders(join(spool, "cache")).blobs);
}
