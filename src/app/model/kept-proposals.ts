import { join } from "node:path";
import * as v from "valibot";
import type { JsonObject } from "../../domain/types.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import { parseJson } from "../../reduce/view-schema.ts";
import { ensureFolder, removeIfThere, replaceFile } from "../../store/durable.ts";
import type { Layout } from "../../store/layout.ts";
import { readText } from "../../store/read-text.ts";
import type { NextTrial } from "../proposer.ts";
import { namesIn } from "../../store/names-in.ts";

const object = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const keptSchema = v.object({
  params: object,
  strategy: v.string(),
  provenance: object,
  known_trials: v.exactOptional(v.number()),
  agent_files: v.record(v.string(), v.string()),
});

/** Proposals that were paid for and whose runs are not sealed yet. Losing them costs money only. */
export interface KeptProposals {
  read(iteration: number, skips: number): NextTrial | null;
  write(iteration: number, skips: number, trial: NextTrial): void;
  /** Drops those of iterations that are sealed. */
  forget(sealed: ReadonlySet<number>): void;
}

/** Those of an experiment; one that was deleted and created anew has none. */
export function openKeptProposals(layout: Layout, view: ExperimentView): KeptProposals {
  const born = Bun.hash.crc32(view.created_at).toString(16);
  const folder = join(layout.scratch, "proposals", `${view.id}-${born}`);
  const at = (iteration: number, skips: number): string =>
    join(folder, `${iteration}-${skips}.json`);
  return {
    read(iteration, skips) {
      const text = readText(at(iteration, skips));
      const kept = v.safeParse(keptSchema, text === null ? null : parseJson(text));
      return kept.success ? kept.output : null;
    },
    write(iteration, skips, trial) {
      ensureFolder(folder);
      replaceFile(at(iteration, skips), `${JSON.stringify(trial)}\n`);
    },
    forget(sealed) {
      for (const name of namesIn(folder)) {
        if (sealed.has(Number.parseInt(name, 10))) removeIfThere(join(folder, name));
      }
    },
  };
}
