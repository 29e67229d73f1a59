import { join } from "node:path";
import type { TrialRow } from "../../domain/types.ts";
import type { FailureGroup } from "../../reduce/agent/agent-context.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { readBundle } from "../../store/bundles.ts";

/** Failed runs that are looked at: reading a bundle takes a file. */
const LATEST = 40;

/** The latest runs without a value, those that failed alike together, most frequent first. */
export function failureGroups(runs: string, rows: readonly TrialRow[]): FailureGroup[] {
  const failed = rows.filter(
    ({ outcome }) =>
      outcome === "failed" ||
      outcome === "timeout" ||
      outcome === "invalid-metric" ||
      outcome === "void",
  );
  const groups = new Map<string, FailureGroup>();
  for (const { run_id, outcome } of failed.slice(-LATEST).toReversed()) {
    const bundle = readBundle(join(runs, run_id), { check: false });
    const reason = bundle.kind === "sealed" ? bundle.manifest.reason : "";
    // Runs that differ in a number only failed alike.
    const alike = oneLine(reason).replaceAll(/\d+(?:\.\d+)?/g, "N");
    const signature = reason === "" ? outcome : `${outcome}: ${alike}`;
    const group = groups.get(signature);
    if (group === undefined) groups.set(signature, { signature, count: 1, last_run: run_id });
    else group.count += 1;
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
