import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import type { Finding } from "./health.ts";
import { experimentLayout } from "./layout.ts";
import type { LabStore } from "./lab-store.ts";

/** Runs that the ledger knows and whose folder is gone. */
export async function missingBundles(store: LabStore): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id } of store.rows()) {
    const { runs } = experimentLayout(store.layout, id);
    for (const { run_id } of parseMetricsRows(await store.metricsText(id)).rows) {
      if (existsSync(join(runs, run_id))) continue;
      findings.push({
        path: `experiments/${id}/runs/${run_id}`,
        problem: "is gone, although the ledger has its result",
        experiment: id,
        target: null,
      });
    }
  }
  return findings;
}
