import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { createExperiment } from "../../src/app/create.ts";
import { initLab } from "../../src/app/init.ts";
import { loadSpace } from "../../src/app/search-space.ts";
import { openSession, type Session } from "../../src/app/session.ts";
import { withLease } from "../../src/app/with-lease.ts";
import type { JsonValue, Params } from "../../src/domain/types.ts";
import type { RunManifest } from "../../src/domain/manifest.ts";
import { isoTime } from "../../src/domain/time.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { renderPlan } from "../../src/reduce/plan.ts";
import { renderResult } from "../../src/reduce/result.ts";
import { sealedEvent } from "../../src/reduce/sealed-event.ts";
import { roleOf } from "../../src/schedule/role.ts";
import { strategyNamed } from "../../src/search/registry.ts";
import { reserveRun, writeMeasured } from "../../src/store/bundles.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import type { Lease } from "../../src/store/leases.ts";
import { EXECUTOR } from "./executor.ts";

/** A data root made for measuring, and what to call its first experiment. */
export interface SeededLab {
  root: string;
  experiment: string;
}

export interface LabSize {
  experiments: number;
  /** Of each experiment. */
  runs: number;
}

/** What the runs of a seeded lab searched. */
export interface SeededSearch {
  /** As in search_space.json. */
  space: Record<string, Record<string, JsonValue>>;
  /** The score of a run. */
  score: (params: Params) => number;
}

const RUN_MS = 1000;

/**
 * Makes a data root with finished burst runs in `folder`, which must not exist. Content, ledger and
 * projections come from the product's own code and pass `labctl verify`; the one difference is that
 * nothing is synced, which makes 10,000 runs take seconds.
 */
export async function seedLab(
  folder: string,
  size: LabSize,
  { space, score }: SeededSearch = TWO_PARAMETERS,
): Promise<SeededLab> {
  const workspace = join(folder, "workspace");
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, "config.json"), `{"x": 0, "y": 0}\n`);
  writeFileSync(join(workspace, "search_space.json"), `${JSON.stringify(space)}\n`);

  let now = Date.now() - size.experiments * (size.runs + 1) * RUN_MS;
  const tick = (): Date => new Date((now += RUN_MS / 10));
  const root = join(folder, "lab");
  const lab = {
    root,
    clock: { now: () => new Date(now), monotonic_ms: () => performance.now() },
    random: systemRandom,
    calendar: systemCalendar,
    processes: createProcesses(),
    log: { info: () => {}, warn: () => {} },
    version,
    env: {},
  };
  await initLab(lab);
  const session = await openSession(lab);
  const ids = Array.from({ length: size.experiments }, (_, n) => `bench-${n + 1}`);
  for (const id of ids) {
    const spec = { text: specText(id), file: join(workspace, "spec.yaml"), cwd: workspace };
    await createExperiment(session, spec);
    if (size.runs === 0) continue;
    await withLease(session, id, "burst", (lease) =>
      addRuns(session, id, { runs: size.runs, score }, lease, tick),
    );
  }
  session.store.close();
  return { root, experiment: ids[0] ?? "" };
}

const TWO_PARAMETERS: SeededSearch = {
  space: {
    x: { type: "float", low: -5, high: 5 },
    y: { type: "float", low: 0.001, high: 1, log: true },
  },
  score: () => 1,
};

/** Always due, and never finished. */
function specText(id: string): string {
  return `id: ${id}
goal: Measure what labctl itself costs
metric: score
metric_direction: maximize
cadence: "0.00001"
max_iterations_total: 1000000000
workspace_root: .
executor_command: ${EXECUTOR.join(" ")}
`;
}

/** What runOne() does for a burst run, without executing and without syncing. */
async function addRuns(
  session: Session,
  experiment: string,
  { runs, score }: { runs: number; score: SeededSearch["score"] },
  lease: Lease,
  tick: () => Date,
): Promise<void> {
  const { store } = session;
  const spec = await store.spec(experiment);
  const space = await loadSpace(spec, null);
  const seed = Bun.hash.crc32(experiment);
  const folder = experimentLayout(store.layout, experiment).runs;
  const { lease_id, generation } = lease.record;
  const search = { space, history: [], running: [], budget: runs, seed };
  for (let iteration = 1; iteration <= runs; iteration += 1) {
    const view = await store.view(experiment);
    const tier = view.current_fidelity_tier;
    const role = roleOf(spec.worker_roles, iteration);
    const { params, provenance } = strategyNamed("random").propose({
      ...search,
      index: iteration - 1,
    });
    const value = score(params);
    const { run_id, dir } = reserveRun(folder, tick(), role);
    const started_at = isoTime(tick());
    const completed_at = isoTime(tick());
    const plan = renderPlan({
      spec,
      view,
      run: { id: run_id, iteration, role, tier, mode: "burst" },
      params,
      strategy: "random",
      timestamp: started_at,
    });
    const manifest: RunManifest = {
      schema_version: 1,
      run_id,
      experiment,
      role,
      started_at,
      completed_at,
      executor_profile: "default",
      repo_revision: null,
      lease_id,
      fidelity_tier: tier,
      executor_class: spec.executor_class,
      time_budget_minutes: spec.time_budget_minutes,
      status: "success",
      iteration,
      mode: "burst",
      generation,
      metric: spec.metric,
      value,
      source: "stdout",
      command: spec.executor_command,
      exit_code: 0,
      duration_ms: 1,
      reason: `${spec.metric}=${value}`,
      strategy: "random",
      seed,
      params,
      provenance,
      labctl: version,
    };
    const result = renderResult({
      experiment,
      iteration,
      role,
      timestamp: completed_at,
      outcome: "success",
      value,
      metric: spec.metric,
      direction: spec.metric_direction,
      reason: "",
      command: spec.executor_command,
      duration_ms: 1,
      params,
      strategy: "random",
      tier,
      previousBest: view.best_metric_by_tier[tier] ?? null,
    });
    writeFileSync(join(dir, "stdout.log"), `${value}\n`);
    const metrics = { iteration, metric: spec.metric, value, source: "stdout" };
    writeMeasured(dir, { manifest, metrics, result, plan });
    const seal_sha256 = sealUnsynced(dir, { run_id, sealed_at: completed_at, generation });
    await store.record(
      [
        {
          type: "run_started",
          ts: started_at,
          experiment,
          run_id,
          iteration,
          role,
          tier,
          lease_id,
          generation,
        },
        sealedEvent(manifest, completed_at, result, seal_sha256),
      ],
      { sync: false },
    );
  }
}

/** sealBundle() without its syncs, for a folder of plain files; `labctl verify` accepts the result. */
function sealUnsynced(
  dir: string,
  seal: { run_id: string; sealed_at: string; generation: number },
): string {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const name of readdirSync(dir).sort()) {
    const content = readFileSync(join(dir, name));
    files[name] = { bytes: content.length, sha256: sha256(content) };
  }
  const text = `${JSON.stringify({ schema_version: 1, ...seal, files })}\n`;
  writeFileSync(join(dir, "SEALED"), text, { flag: "wx" });
  return sha256(text);
}

function sha256(content: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}
