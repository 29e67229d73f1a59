import { LabError } from "../domain/errors.ts";
import type { EngineStatus } from "./provision/status.ts";
import { writeEngineStatus } from "./provision/folder.ts";
import { liveJobs, type Job } from "./provision/jobs.ts";
import { judgeEnds, look, noteWorkers } from "./provision/look.ts";
import {
  startProvision,
  tellPaused,
  type Provision,
  type ProvisionParts,
} from "./provision/provision.ts";
import { supply } from "./provision/supply.ts";

/** Keeps the right number of an engine's jobs. Never throws: what goes wrong is in its status. */
export interface Provisioner {
  /** Something was added to the queue, or somebody asked to resume. */
  poke(): void;
  status(): EngineStatus;
  /**
   * Ends it; with `cancel` its jobs too, which get `grace_s` to hand in what they have. Throws
   * LabError `try-later` when the scheduler cannot be told to.
   */
  stop(end: { cancel: boolean; grace_s: number }): Promise<void>;
}

const TICK_MS = 1000;
const ENDED_SHOWN = 20;

/**
 * Starts a provisioner on what its journal says. It looks at the queue once a second, at the
 * scheduler as rarely as it can, and submits nothing before it has seen what is there.
 */
export function runProvisioner(parts: ProvisionParts): Provisioner {
  const provision = startProvision(parts);
  const { paused } = provision.book;
  if (paused !== null) tellPaused(parts, paused.reason);
  let stopped = false;
  let poked = false;
  let wake = (): void => {};

  async function pass(): Promise<void> {
    if (!parts.mayGoOn()) {
      stopped = true;
      throw new LabError("lease-held", `another process runs the engine ${parts.name} now`);
    }
    const ended = await look(provision);
    // After the scheduler: a worker that came and went meanwhile is in the hub's answer.
    const demand = await parts.demand();
    noteWorkers(provision, demand.workers);
    await judgeEnds(provision, ended, demand.waiting);
    if (!stopped) await supply(provision, demand);
  }

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        await pass();
      } catch (error) {
        provision.trouble = error instanceof Error ? error.message : String(error);
      }
      show();
      if (!poked && !stopped) await nextTick();
      poked = false;
    }
  }

  async function nextTick(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, TICK_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function poke(): void {
    poked = true;
    wake();
  }

  function show(): void {
    try {
      writeEngineStatus(parts.folder, statusOf(provision));
    } catch (error) {
      provision.trouble = error instanceof Error ? error.message : String(error);
    }
  }

  const running = loop();
  return {
    poke,
    status: () => statusOf(provision),
    async stop({ cancel, grace_s }) {
      stopped = true;
      poke();
      await running;
      try {
        if (cancel) await cancelAll(provision, grace_s);
      } finally {
        show();
        parts.journal.close();
      }
    },
  };
}

async function cancelAll(provision: Provision, grace_s: number): Promise<void> {
  const { parts } = provision;
  // Also those whose answer was lost.
  provision.next_poll_ms = 0;
  provision.discovered = false;
  await judgeEnds(provision, await look(provision), []);
  const handles = liveJobs(provision.book).flatMap(({ handle }) => handle ?? []);
  if (handles.length === 0) return;
  await parts.engine.cancel(handles, grace_s);
  provision.next_poll_ms = 0;
  await judgeEnds(provision, await look(provision), []);
}

function statusOf(provision: Provision): EngineStatus {
  const { parts, book } = provision;
  const live = liveJobs(book);
  const over = [...book.jobs.values()]
    .filter((job) => !live.includes(job))
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .slice(-ENDED_SHOWN);
  const shown = [...live, ...over].sort((a, b) => a.n - b.n);
  return {
    schema_version: 1,
    engine: parts.name,
    mode: parts.limits.mode,
    changed_at: shown.reduce((latest, { at }) => (at > latest ? at : latest), ""),
    waiting: provision.waiting,
    max_pilots: parts.limits.max_pilots,
    paused: book.paused,
    trouble: provision.trouble,
    unfit: provision.unfit,
    jobs: shown.map(jobLine),
  };
}

function jobLine({ tag, handle, state, ended, reason, node, worker, package: pack, at }: Job) {
  const word = state === "gone" ? (ended ?? "gone") : state;
  return { tag, id: handle?.id ?? null, state: word, reason, node, worker, package: pack, at };
}
