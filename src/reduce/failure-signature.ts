import type { RunSealed } from "../domain/events.ts";
import { clip } from "./markdown.ts";
import type { ExperimentView } from "./views.ts";
import type { FailureGroup } from "./watched.ts";

/** Groups a view keeps; the one seen longest ago makes room. */
export const MAX_FAILURE_GROUPS = 12;

/** How RESULT.md begins the sentence that ends in the reason. */
const PREFACE =
  /^(?:The run failed and measured nothing|The run was stopped at its time budget and measured nothing|The run ended, but what it reported is not a valid metric value|The run broke a rule of the experiment and does not count)(?:: |\.$)/;

/**
 * The reason of a failure without what differs from run to run: numbers, hashes, addresses, folders
 * and long quotations. Failures with one cause have one signature.
 */
export function failureSignature(reason: string): string {
  const text = clip(reason, 400)
    .replace(PREFACE, "")
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "<url>")
    .replaceAll(/(?:[A-Za-z]:)?(?:[/\\][\w.@+~%-]+){2,}/g, (path) => path.replace(/^.*[/\\]/, "…/"))
    .replaceAll(/(["'`])[^"'`]{25,}\1/g, "$1…$1")
    .replaceAll(/\b0x[0-9a-f]+\b/gi, "#")
    .replaceAll(/\b(?=[0-9a-f-]*\d)(?=[0-9a-f-]*[a-f])[0-9a-f][0-9a-f-]{6,}\b/gi, "#")
    .replaceAll(/[-+]?\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?/gi, "#")
    .replaceAll(/#(?:[\s,]+#)+/g, "#");
  return clip(text, 120) || "(no reason given)";
}

/** Counts a failed run among those that failed alike. */
export function foldFailure(view: ExperimentView, event: RunSealed): void {
  const signature = `${event.outcome}: ${failureSignature(event.note)}`;
  const known = view.failures.find((group) => group.signature === signature);
  const group: FailureGroup = {
    signature,
    count: (known?.count ?? 0) + 1,
    last_run: event.run_id,
    last_at: event.ts,
    example: clip(event.note.replace(PREFACE, ""), 200),
  };
  view.failures = [...view.failures.filter((one) => one !== known), group].slice(
    -MAX_FAILURE_GROUPS,
  );
}

/** The groups, most frequent first; of equally frequent ones the latest. */
export function failureGroups(view: Pick<ExperimentView, "failures">): FailureGroup[] {
  return view.failures.toReversed().toSorted((a, b) => b.count - a.count);
}
