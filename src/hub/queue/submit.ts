import type { PackageSummary } from "../../domain/dispatch/run-package.ts";
import type { QueueContext } from "./context.ts";

/** Puts a package into the queue; false when it was there before, even if it has ended since. */
export function submit(queue: QueueContext, summary: PackageSummary): boolean {
  const { packages, ended } = queue.state;
  if (packages.has(summary.id) || ended.has(summary.id)) return false;
  queue.record({ t: "submitted", pack: summary });
  return true;
}
