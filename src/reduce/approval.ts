import { idStamp } from "../domain/time.ts";
import { failureGroups } from "./failure-signature.ts";
import { clip, oneLine, section, sentence, toFile } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { bestRun } from "./tiers.ts";
import type { ExperimentView } from "./views.ts";

/**
 * The id of what an experiment waits for, a new one each time it begins to wait; null while it does
 * not. An answer that comes too late carries another id and answers nothing.
 */
export function approvalId(
  view: Pick<ExperimentView, "id" | "phase" | "waiting_since">,
): string | null {
  if (view.phase !== "awaiting-human" || view.waiting_since === null) return null;
  const since = new Date(view.waiting_since);
  const stamp = Number.isNaN(since.getTime()) ? "" : `${idStamp(since)}-`;
  return `APPROVAL-${stamp}${view.id}`;
}

/** control/approvals/<experiment>.request.json: what a program needs to answer. */
export function renderApprovalJson(view: ExperimentView, id: string): string {
  const best = bestRun(view);
  const request = {
    schema: "labctl/approval/v1",
    id,
    experiment: view.id,
    goal: view.goal,
    waiting_since: view.waiting_since,
    reason: view.blocked_reason ?? "",
    runs: view.run_count,
    failure_streak: view.failure_streak,
    best: best === null ? null : { run_id: best.run_id, tier: best.tier, value: best.value },
    last_run: view.last_run,
    answer_with: {
      approve: [`labctl approve ${view.id}`, `control/approvals/${id}.approve`],
      reject: [`labctl approve ${view.id} --reject`, `control/approvals/${id}.reject`],
      json: `control/approvals/${id}.answer.json`,
    },
  };
  return `${JSON.stringify(request, null, 2)}\n`;
}

/** control/approvals/<experiment>.request.md: the same for people. */
export function renderApprovalMarkdown(view: ExperimentView, id: string): string {
  const best = bestRun(view);
  const latest = view.recent_runs.at(-1);
  return toFile([
    `# ${oneLine(view.id)} waits for you`,
    "",
    sentence(view.blocked_reason ?? "no reason recorded", 300),
    "",
    `Goal: ${oneLine(view.goal)}`,
    `Since: ${oneLine(view.waiting_since ?? "")}`,
    `Runs: ${view.run_count}, failures in a row: ${view.failure_streak}`,
    `Best: ${best === null ? "none yet" : `${formatValue(best.value)} in ${oneLine(best.run_id)}`}`,
    ...(latest === undefined
      ? []
      : [`Last run: ${latest.outcome} in ${oneLine(latest.run_id)}: ${clip(latest.note, 200)}`]),
    "",
    ...section(
      "Failures",
      failureGroups(view).map(({ signature, count }) => `- ${count} x ${clip(signature, 160)}`),
    ),
    "## Answer",
    "Any one of these; the first that is found counts.",
    "",
    `- to let it go on: \`labctl approve ${view.id}\`, or make a file \`${id}.approve\` in this folder`,
    `- to pause it: \`labctl approve ${view.id} --reject\`, or make a file \`${id}.reject\` in this folder`,
    "",
    "What the file says is kept as your reason; it may be empty.",
  ]);
}
