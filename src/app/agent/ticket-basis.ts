import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { canonicalJson } from "../../domain/canonical-json.ts";
import { LabError } from "../../domain/errors.ts";
import type { TicketBasis } from "../../domain/agent-events.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { JsonValue } from "../../domain/types.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import type { Ticket } from "../../reduce/agent-view.ts";
import { splitCommand } from "../../run/command.ts";
import { isInside } from "../../run/tree.ts";

/** Larger files count by size and time. */
const HASHED_BYTES = 64 * 1024 ** 2;

/** What a proposal of now is made for. `spec` is resolved for the tier. */
export function ticketBasis(spec: Spec, view: ExperimentView): TicketBasis {
  return {
    spec: digest([view.spec_sha256, view.current_fidelity_tier]),
    evaluator: digest(evaluatorFiles(spec)),
    best: view.best_run_by_tier[view.current_fidelity_tier] ?? null,
  };
}

/** The one text of a basis: equal exactly when nothing of it has changed. */
export function basisFingerprint({ spec, evaluator, best }: TicketBasis): string {
  return `sha256:${digest([spec, evaluator, best])}`;
}

/**
 * Throws `stale-ticket` when what the ticket was made for has changed. A new best alone is let pass
 * with `stale_ok`: a candidate is then compared with that.
 */
export function assertFresh(ticket: Ticket, now: TicketBasis, stale_ok: boolean): void {
  const { basis } = ticket;
  const evaluation = [
    ...(basis.spec === now.spec ? [] : ["the SPEC or the tier"]),
    ...(basis.evaluator === now.evaluator ? [] : ["the files that measure"]),
  ];
  if (evaluation.length > 0) {
    throw new LabError(
      "stale-ticket",
      `${ticket.ticket} is stale: ${evaluation.join(" and ")} changed since it was issued`,
      { hint: "call next again and propose for what is there now" },
    );
  }
  if (basis.best === now.best || stale_ok) return;
  throw new LabError(
    "stale-ticket",
    `${ticket.ticket} is stale: the best is now ${now.best ?? "none"}, it was ${basis.best ?? "none"}`,
    { hint: "call next again to build on it, or submit with --stale-ok to be compared with it" },
  );
}

/** Digest of every file of the workspace that the measuring commands name, and of read-only ones. */
function evaluatorFiles(spec: Spec): JsonValue {
  if (spec.workspace_root === "") return [];
  const commands = [
    spec.setup_command,
    spec.baseline_command,
    spec.validation_command,
    spec.executor_command,
  ];
  const named = [...commands.flatMap(wordsOf), ...spec.read_only_paths];
  return [...new Set(named)].sort().flatMap((name) => {
    const path = resolve(spec.workspace_root, name);
    const content = isInside(spec.workspace_root, path) ? fileDigest(path) : null;
    return content === null ? [] : [[name, content]];
  });
}

function wordsOf(command: string): string[] {
  try {
    return splitCommand(command);
  } catch (error) {
    // Shell syntax; its words are looked at roughly.
    if (error instanceof LabError) return command.split(/[\s;&|<>()'"]+/);
    throw error;
  }
}

function fileDigest(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) return null;
  if (stat.size > HASHED_BYTES) return `${stat.size} ${stat.mtimeMs}`;
  return new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
}

function digest(value: JsonValue): string {
  const text = canonicalJson(value);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);
}
