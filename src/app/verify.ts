import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { layoutOf } from "../store/layout.ts";
import { openLabStore } from "../store/lab-store.ts";
import { allFindings, type Finding } from "../store/health.ts";
import { experimentFiles, labFiles } from "../store/projections.ts";
import { missingBundles } from "../store/missing-bundles.ts";
import type { Session } from "./session.ts";

export interface VerifyReport {
  events: number;
  bundles: number;
  projections: number;
  findings: Finding[];
}

/**
 * Checks everything: each ledger line's checksum and sequence, each seal and every file behind it,
 * each run of the history for its bundle, and each derived file against a full rebuild. Changes
 * nothing.
 */
export async function verifyLab(session: Session): Promise<VerifyReport> {
  const { lab } = session;
  const store = openLabStore({
    layout: layoutOf(lab.root),
    calendar: lab.calendar,
    version: lab.version,
    writer: "verify",
  });
  await store.rebuild();
  const { findings, bundles, events } = allFindings(store, lab);
  findings.push(...(await missingBundles(store)));
  const expected = labFiles(store.layout, store.labView());
  for (const { id } of store.rows()) {
    const view = await store.view(id);
    expected.push(...experimentFiles(store.layout, await store.spec(id), view));
    expected.push(await store.metricsFile(id));
  }
  for (const { path, content } of expected) {
    const problem = difference(path, content);
    if (problem === null) continue;
    const name = relative(lab.root, path);
    findings.push({ path: name, problem, experiment: null, target: null });
  }
  store.close();
  return { events, bundles, projections: expected.length, findings };
}

function difference(path: string, content: string): string | null {
  try {
    if (readFileSync(path, "utf8") === content) return null;
    return "differs from what the ledger says; `labctl refresh` rewrites it";
  } catch (error) {
    if (!["ENOENT", "EISDIR", "ENOTDIR"].includes(systemCode(error))) throw error;
    return "is missing; `labctl refresh` writes it";
  }
}
