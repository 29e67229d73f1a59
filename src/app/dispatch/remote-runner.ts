import { join } from "node:path";
import type { RunPackage } from "../../domain/dispatch/run-package.ts";
import { LabError } from "../../domain/errors.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { IntermediateValue } from "../../run/reports.ts";
import { openBlobs } from "../../store/blobs.ts";
import { experimentLayout } from "../../store/layout.ts";
import { interruptRun } from "../finish-run.ts";
import type { AdoptRequest, RemoteRunner, RunOutcome } from "../run-request.ts";
import type { Session } from "../session.ts";
import { startRun } from "../start-run.ts";
import { assertTravels, makePackage } from "./make-package.ts";
import { outcomeOf } from "./outcome-of.ts";
import type { QueueEvent, RemoteQueue } from "./remote-queue.ts";
import { workspaceSource, type TakeWorkspace } from "./workspace-source.ts";

/** One long poll; also how often the ledger is asked although nothing was heard. */
const WAIT_S = 20;
/** After the queue could not be reached. */
const RETRY_MS = 500;

interface Waiting {
  run_id: string;
  onReports: ((fresh: readonly IntermediateValue[]) => string | null) | null;
  /** Values of this attempt were handed on. */
  epoch: number;
  resolve: () => void;
}

/**
 * Has the runs of one experiment executed by workers of a hub. The ledger alone says that a run has
 * ended; what the queue tells is when to look. Close it when nothing runs any more.
 */
export function openRemoteRunner(
  session: Session,
  queue: RemoteQueue,
  experiment: string,
): RemoteRunner & { close(): void } {
  const { store, lab } = session;
  const blobs = openBlobs(store.layout.blobs);
  const waiting = new Map<string, Waiting>();
  const workspaces = new Map<string, TakeWorkspace>();
  const closing = new AbortController();
  let watching = false;
  let complained = false;
  let seq = 0;

  function workspaceOf(spec: Spec): Promise<Awaited<ReturnType<TakeWorkspace>>> {
    const { workspace_root, workspace_mode, require_clean_workspace, promotion_strategy } = spec;
    const key = JSON.stringify([
      workspace_root,
      workspace_mode,
      require_clean_workspace,
      promotion_strategy,
      spec.executor_command,
    ]);
    const take = workspaces.get(key) ?? workspaceSource(store.layout, spec, blobs, lab.log);
    workspaces.set(key, take);
    return take();
  }

  /** One loop for all that wait; ends when nobody does. */
  async function watch(): Promise<void> {
    if (watching) return;
    watching = true;
    try {
      while (waiting.size > 0 && !closing.signal.aborted) {
        try {
          const heard = await queue.watch(experiment, seq, WAIT_S, closing.signal);
          seq = heard.seq;
          complained = false;
          for (const event of heard.events) await hear(event);
        } catch (error) {
          if (closing.signal.aborted) return;
          if (!(error instanceof LabError) || error.code !== "try-later") throw error;
          if (!complained)
            lab.log.warn(`the hub does not answer, its runs are waited for: ${error.message}`);
          complained = true;
          await Bun.sleep(RETRY_MS);
        }
        await wakeEnded();
      }
    } finally {
      watching = false;
    }
  }

  async function hear(event: QueueEvent): Promise<void> {
    const entry = waiting.get(event.package);
    if (entry === undefined || event.kind !== "reports" || entry.onReports === null) return;
    // A new attempt begins anew: what the pruner heard of the last one is heard again.
    if (event.epoch < entry.epoch) return;
    entry.epoch = event.epoch;
    const reason = entry.onReports(event.values);
    if (reason !== null) await queue.prune(event.package, reason);
  }

  async function wakeEnded(): Promise<void> {
    await store.sync();
    const { running } = await store.view(experiment);
    const open = new Set(running.map((run) => run.dispatch_id));
    for (const [id, entry] of waiting) {
      if (open.has(id)) continue;
      waiting.delete(id);
      entry.resolve();
    }
  }

  /** Returns when the run is in the ledger as sealed or interrupted. */
  async function wait(id: string, run_id: string, request: AdoptRequest): Promise<void> {
    const { signal, onReports } = request;
    function cancel(): void {
      queue.cancel(id, "stopped by request").catch((error: unknown) => {
        lab.log.warn(`${run_id}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    const ended = new Promise<void>((resolve) => {
      waiting.set(id, { run_id, onReports: onReports ?? null, epoch: 0, resolve });
    });
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    const watched = watch();
    try {
      await Promise.race([ended, watched.then(() => ended)]);
    } finally {
      waiting.delete(id);
      signal?.removeEventListener("abort", cancel);
    }
  }

  function dirOf(run_id: string): string {
    return join(experimentLayout(store.layout, experiment).runs, run_id);
  }

  async function submit(pack: RunPackage, run: { run_id: string; dir: string }): Promise<void> {
    try {
      await queue.submit(JSON.stringify(pack));
    } catch (error) {
      await interruptRun(session, { experiment, ...run }, "the hub did not take it");
      throw error;
    }
  }

  return {
    async run(_session, request): Promise<RunOutcome> {
      const view = await store.view(experiment);
      const previous_best = view.best_metric_by_tier[request.tier ?? view.current_fidelity_tier];
      const started = await startRun(session, request, { dispatched: true });
      const { run_id, dir } = started;
      let pack: RunPackage;
      try {
        assertTravels(started.spec);
        const workspace = await workspaceOf(started.spec);
        pack = await makePackage(session, started, request, workspace);
      } catch (error) {
        await interruptRun(session, { experiment, run_id, dir }, "it could not be packed");
        throw error;
      }
      await submit(pack, { run_id, dir });
      await wait(pack.id, run_id, request);
      return outcomeOf({ dir, manifest: started.manifest, previous_best: previous_best ?? null });
    },
    async adopt(_session, brief, request): Promise<RunOutcome> {
      const { run_id, tier, dispatch_id = "" } = brief;
      const dir = dirOf(run_id);
      const view = await store.view(experiment);
      const [open] = await queue.open([dispatch_id]);
      await store.sync();
      const isRunning = (await store.view(experiment)).running.some((run) => run.run_id === run_id);
      if (open === undefined && isRunning) {
        await interruptRun(session, { experiment, run_id, dir }, "no queue knows its package");
      } else {
        await wait(dispatch_id, run_id, request);
      }
      const previous_best = view.best_metric_by_tier[tier] ?? null;
      return outcomeOf({ dir, manifest: null, previous_best, brief });
    },
    close: () => closing.abort(),
  };
}
