import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult } from "../../domain/dispatch/attempt.ts";
import type { FileTree, TreeEntry } from "../../domain/dispatch/file-tree.ts";
import { treeProblem } from "../../domain/dispatch/file-tree.ts";
import type { RunPackage } from "../../domain/dispatch/run-package.ts";
import { LabError } from "../../domain/errors.ts";
import { specForTier } from "../../domain/spec/tiers.ts";
import type { Outcome } from "../../domain/types.ts";
import { sealedEvent } from "../../reduce/sealed-event.ts";
import type { ExecuteReport } from "../../run/execute.ts";
import type { Blobs } from "../../store/blobs.ts";
import { readBundle, type BundleState } from "../../store/bundles.ts";
import { RESULT_LIMITS, writeSteps } from "../../store/file-trees.ts";
import { inTurns } from "../../store/steps.ts";
import { experimentLayout } from "../../store/layout.ts";
import { finishRun, interruptRun } from "../finish-run.ts";
import type { Session } from "../session.ts";
import { mapPromotion } from "./map-promotion.ts";
import { readReport } from "./read-report.ts";
import { namesIn } from "../../store/names-in.ts";

export type Ingested =
  /** Its run is sealed now. */
  | "ingested"
  /** It was before, by this result or another. */
  | "was-ingested"
  /** The run was given up: nobody waits for it, and its iteration is somebody else's. */
  | "run-gone";

/**
 * Puts what an attempt came to into the history: files into the bundle, result, seal, run_sealed. May
 * be repeated, also after a crash at any point, and changes nothing the second time. Throws LabError
 * usage or damaged when the result cannot be what a worker of ours sent.
 */
export async function ingest(
  session: Session,
  { pack, result, blobs }: { pack: RunPackage; result: AttemptResult; blobs: Pick<Blobs, "path"> },
): Promise<Ingested> {
  const open = await openRun(session, pack);
  if (typeof open === "string") return open;
  const report = readReport(result.report);
  const problem = treeProblem(result.files, RESULT_LIMITS);
  if (problem !== null) throw new LabError("usage", `the result of ${pack.id}: ${problem}`);
  if (report.outcome === "cancelled") {
    await interruptRun(session, open, report.reason || "cancelled");
    return "ingested";
  }
  emptyRun(open.dir);
  await inTurns(writeSteps(withoutOurNames(result.files), open.dir, blobs));
  const { epoch, worker, host } = result;
  const duration_ms = Math.round(report.duration_ms);
  const manifest = { ...open.manifest, duration_ms, attempt: { epoch, worker, host } };
  await finish(session, pack, { ...open, manifest }, await mapPromotion(session, pack, report));
  return "ingested";
}

/**
 * Ends the run of a package without a result: `lost` is sealed without a value, `cancelled` is set
 * aside and counts as never run. May be repeated.
 */
export async function endPackage(
  session: Session,
  pack: RunPackage,
  { outcome, reason }: { outcome: Extract<Outcome, "lost" | "cancelled">; reason: string },
): Promise<Ingested> {
  const open = await openRun(session, pack, "set aside");
  if (typeof open === "string") return open;
  if (outcome === "cancelled") {
    await interruptRun(session, open, reason);
    return "ingested";
  }
  await finish(session, pack, open, lostReport(reason));
  return "ingested";
}

type OpenRun = {
  experiment: string;
  run_id: string;
  dir: string;
  manifest: Extract<BundleState, { kind: "measured" }>["manifest"];
};

/**
 * The run of a package while it waits for its result; else how it stands. One whose files are damaged
 * keeps nobody waiting for ever once its package is given up: it is set aside then.
 */
async function openRun(
  session: Session,
  pack: RunPackage,
  damaged: "throw" | "set aside" = "throw",
): Promise<OpenRun | Ingested> {
  const { store } = session;
  const { experiment } = pack;
  const run_id = pack.run.id;
  await store.sync();
  const view = await store.view(experiment);
  const dir = join(experimentLayout(store.layout, experiment).runs, run_id);
  const bundle = existsSync(dir) ? readBundle(dir, { check: false }) : null;
  const isOpen = view.running.some((run) => run.run_id === run_id && run.dispatch_id === pack.id);
  if (!isOpen) return bundle?.kind === "sealed" ? "was-ingested" : "run-gone";
  if (bundle === null) {
    await interruptRun(session, { experiment, run_id, dir }, "its folder is gone");
    return "run-gone";
  }
  if (bundle.kind === "sealed") {
    // Sealed, and killed before the ledger knew.
    const { manifest, seal_sha256 } = bundle;
    const result = readFileSync(join(dir, "RESULT.md"), "utf8");
    const at = manifest.completed_at ?? manifest.started_at;
    await store.record([sealedEvent(manifest, at, result, seal_sha256)], { sync: true });
    return "was-ingested";
  }
  if (bundle.kind === "damaged" || bundle.kind === "original" || bundle.manifest === null) {
    if (damaged === "set aside") {
      await interruptRun(session, { experiment, run_id, dir }, "its files are damaged");
      return "run-gone";
    }
    throw new LabError("damaged", `${dir} is no run that waits for a result`, {
      hint: "run `labctl recover`",
    });
  }
  return { experiment, run_id, dir, manifest: { ...bundle.manifest, status: "running" } };
}

async function finish(
  session: Session,
  pack: RunPackage,
  { dir, manifest }: OpenRun,
  report: ExecuteReport,
): Promise<void> {
  const { store } = session;
  const view = await store.view(pack.experiment);
  const tier = manifest.fidelity_tier;
  await finishRun(
    session,
    {
      dir,
      manifest,
      spec: specForTier(await store.spec(pack.experiment), tier),
      plan: readFileSync(join(dir, "plan.md"), "utf8"),
      previous_best: view.best_metric_by_tier[tier] ?? null,
      hypothesis: "",
      generation: manifest.generation,
    },
    report,
  );
}

/** What the lab itself keeps in a run's folder. */
const OURS = ["manifest.json", "plan.md", "SEALED"];

/** Removes live logs, and what an ingestion that was killed had written; what a model was asked stays. */
function emptyRun(dir: string): void {
  const artifacts = join(dir, "artifacts");
  for (const name of namesIn(dir)) {
    if (![...OURS, "artifacts"].includes(name)) rmSync(join(dir, name), REMOVE);
  }
  for (const name of namesIn(artifacts))
    if (name !== "agent") rmSync(join(artifacts, name), REMOVE);
}

const REMOVE = { recursive: true, force: true };

/** An executor may have written files of our names: they stay, under others. */
function withoutOurNames(tree: FileTree): FileTree {
  const renamed = (entry: TreeEntry): TreeEntry => {
    const [top = "", ...rest] = entry.path.split("/");
    if (!OURS.includes(top)) return entry;
    return { ...entry, path: [`${top}.from-executor`, ...rest].join("/") };
  };
  return { ...tree, entries: tree.entries.map(renamed) };
}

function lostReport(reason: string): ExecuteReport {
  return {
    outcome: "lost",
    value: null,
    source: "",
    metrics: {},
    reason,
    command: "",
    exit_code: null,
    duration_ms: 0,
    swept: 0,
    stdout_cut_bytes: 0,
    stderr_cut_bytes: 0,
    notes: [],
    reports: [],
    result_md: null,
  };
}
