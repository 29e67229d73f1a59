import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import type { Phase } from "../domain/types.ts";
import type { StopRow } from "../domain/stop.ts";
import { labAlerts } from "../reduce/alerts.ts";
import { explainStops } from "../reduce/explain-stops.ts";
import { quickFindings, type Finding } from "../store/health.ts";
import { freeGb } from "./free-space.ts";
import type { Session } from "./session.ts";

export interface LabStatus {
  data_root: string;
  experiments: number;
  phases: Partial<Record<Phase, number>>;
  runs: number;
  /** What calls of models came to, over all experiments. */
  models: { usd: number; tokens: number };
  running: { experiment: string; run_id: string; iteration: number; started_at: string }[];
  /** Packages by stage; empty when there are none. */
  dispatch: Record<string, number>;
  free_gb: number | null;
  /** Limits that running experiments have met or nearly met. */
  stops: ({ experiment: string } & StopRow)[];
  /** What people should look at, one line each; findings included. */
  alerts: string[];
  findings: Finding[];
}

const LOW_SPACE_GB = 1;
/** `status` stays quick in a lab of any size: the limits of more experiments are not looked at. */
const STOPS_OF = 100;

/** Where the lab stands, with a bounded check of its files. */
export async function labStatus(session: Session): Promise<LabStatus> {
  const { store, lab } = session;
  const rows = store.rows();
  const phases: Partial<Record<Phase, number>> = {};
  for (const row of rows) phases[row.phase] = (phases[row.phase] ?? 0) + 1;
  const findings = quickFindings(store, lab);
  const free_gb = freeGb(lab.root);
  return {
    data_root: lab.root,
    experiments: rows.length,
    phases,
    runs: rows.reduce((sum, row) => sum + row.run_count, 0),
    models: {
      usd: rows.reduce((sum, row) => sum + row.cost_usd, 0),
      tokens: rows.reduce((sum, row) => sum + row.cost_tokens, 0),
    },
    running: rows.flatMap((row) =>
      row.running.map(({ run_id, iteration, started_at }) => ({
        experiment: row.id,
        run_id,
        iteration,
        started_at,
      })),
    ),
    dispatch: dispatchCounts(store.layout.dispatch),
    free_gb,
    stops: await nearStops(session),
    alerts: [
      ...spaceAlerts(free_gb),
      ...labAlerts(store.labView()),
      ...findings.map(({ path, problem }) => `${path}: ${problem}`),
    ],
    findings,
  };
}

async function nearStops(session: Session): Promise<LabStatus["stops"]> {
  const { store } = session;
  const at = session.now();
  const found: LabStatus["stops"] = [];
  const going = store.rows().filter((row) => row.run_count > 0 && row.phase === "active");
  for (const { id } of going.slice(0, STOPS_OF)) {
    const stops = explainStops(await store.spec(id), await store.view(id), at);
    for (const stop of stops) {
      if (stop.met || stop.near) found.push({ experiment: id, ...stop });
    }
  }
  return found;
}

/** An alert when the disk is nearly full. */
export function spaceAlerts(free_gb: number | null): string[] {
  if (free_gb === null || free_gb >= LOW_SPACE_GB) return [];
  return [`only ${free_gb} GB free on the data root's disk`];
}

function dispatchCounts(dispatch: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const stage of ["ready", "running", "complete", "quarantine"]) {
    const packages = packagesIn(join(dispatch, stage));
    if (packages > 0) counts[stage] = packages;
  }
  return counts;
}

function packagesIn(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => name.startsWith("DISPATCH-")).length;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return 0;
    throw error;
  }
}
