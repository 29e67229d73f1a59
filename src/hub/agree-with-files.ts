import { parseAttemptId, parseRunPackage, summaryOf } from "../domain/dispatch/run-package.ts";
import type { Documents } from "./documents.ts";
import type { Queue } from "./queue.ts";
import { submit } from "./queue/submit.ts";

/**
 * What a hub that was killed left between a file and its journal. A package whose file was written and
 * whose submission was not: nobody was told that it is here, but its run waits for it, so it is
 * submitted now. Files of what is over are removed.
 */
export async function agreeWithFiles(
  queue: Queue,
  { packages, results }: { packages: Documents; results: Documents },
): Promise<void> {
  const { state } = queue;
  for (const id of packages.names()) {
    if (state.packages.has(id)) continue;
    const text = state.ended.has(id) ? null : await packages.get(id);
    const pack = text === null ? null : parseRunPackage(text);
    if (pack !== null && pack.id === id) submit(queue, summaryOf(pack));
    else await packages.remove(id);
  }
  for (const attempt of results.names()) {
    const parsed = parseAttemptId(attempt);
    const end = state.packages.get(parsed?.package ?? "")?.end;
    if (end?.kind !== "sealed" || end.epoch !== parsed?.epoch) await results.remove(attempt);
  }
}
