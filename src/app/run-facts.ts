import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { accessProblem } from "../domain/external-access.ts";
import type { RunManifest } from "../domain/manifest.ts";
import type { ExecuteReport } from "../run/execute.ts";
import { readBounded } from "../run/read-bounded.ts";

const LAST_WORDS_BYTES = 8192;
const MAX_LOGS = 16;

/**
 * What the manifest of a run records so that escalations can be judged from the ledger alone:
 * whether it was kept out of something it needs, and whether it claims a breakthrough.
 */
export function runFacts(
  dir: string,
  { outcome, reason, metrics }: Pick<ExecuteReport, "outcome" | "reason" | "metrics">,
): Pick<RunManifest, "blocked" | "breakthrough"> {
  if (outcome === "success") {
    const claimed = metrics["breakthrough"];
    return typeof claimed === "number" && claimed > 0 ? { breakthrough: true } : {};
  }
  if (outcome === "pruned" || outcome === "cancelled" || outcome === "lost") return {};
  const blocked = accessProblem([reason, ...lastWords(dir)].join("\n"));
  return blocked === null ? {} : { blocked };
}

/** The ends of what the run and its commands said on stderr. */
function lastWords(dir: string): string[] {
  const commands = join(dir, "artifacts", "commands");
  const logs = namesIn(commands)
    .filter((name) => name.endsWith(".stderr.log"))
    .slice(0, MAX_LOGS)
    .map((name) => join(commands, name));
  return [join(dir, "stderr.log"), ...logs].map((path) => {
    const text = readBounded(path, LAST_WORDS_BYTES);
    return text === null ? "" : text.tail || text.head;
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(systemCode(error))) return [];
    throw error;
  }
}
