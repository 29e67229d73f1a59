import { join } from "node:path";
import { isoTime } from "../domain/time.ts";
import { openDocuments } from "./documents.ts";
import type { PackageState } from "./queue/state.ts";

/**
 * Keeps a package that was given up in `<quarantine>/<id>/`: `package.json`, and `evidence.json` with
 * who tried it, when, and what came of it. Doing it again replaces them.
 */
export async function quarantinePackage(
  quarantine: string,
  pack: PackageState,
  document: string | null,
  why: string,
  now: Date,
): Promise<void> {
  const files = openDocuments(join(quarantine, pack.summary.id));
  if (document !== null) await files.put("package", document);
  const { summary, attempts, tries, end, result } = pack;
  const evidence = {
    schema_version: 1,
    at: isoTime(now),
    why,
    ...summary,
    tries,
    end,
    attempts: attempts.map(
      ({ worker, state, class: failure, reason, claimed_at, ended_at }, at) => ({
        epoch: at + 1,
        worker,
        state,
        class: failure,
        reason,
        claimed_at: isoTime(new Date(claimed_at)),
        ended_at: ended_at === null ? null : isoTime(new Date(ended_at)),
      }),
    ),
    result,
  };
  await files.put("evidence", `${JSON.stringify(evidence, null, 2)}\n`);
}
