import { LabError } from "../../domain/errors.ts";
import type { Params } from "../../domain/types.ts";
import type { Mutator } from "../../run/candidate/mutator.ts";
import type { Session } from "../session.ts";

/** The run that a mutation belongs to. */
export interface MutationRun {
  experiment: string;
  run_id: string;
  iteration: number;
  dir: string;
  /** Told once who made the change, and what it is about. */
  made(by: Params): void;
}

export interface Mutation {
  mutator: Mutator;
  /** Why there was no change, when that is nobody's fault in the run: it is then not counted. */
  failure(): LabError | null;
  /** Who made the change, for the record of the run; null when nobody was asked. */
  provenance(): Params | null;
}

/**
 * Makes candidates with the SPEC's agent_provider: an adapter of the user's own, a program that
 * edits the tree, or a model that answers with changes. A run whose provider did not answer (an
 * outage, a cap, a missing key) ends as cancelled: it is set aside and its iteration stays free.
 */
export function openMutation(session: Session, of: Omit<MutationRun, "made">): Mutation {
  let failure: LabError | null = null;
  let provenance: Params | null = null;
  const made = (by: Params): void => {
    provenance = by;
  };
  return {
    async mutator(context) {
      const started = session.lab.clock.monotonic_ms();
      try {
        // Loaded here only: few runs ask anybody.
        const { makeChange } = await import("./make-change.ts");
        return await makeChange(session, { ...of, made }, context);
      } catch (error) {
        if (!(error instanceof LabError) || error.code === "bug") throw error;
        const { message } = error;
        const isOver = session.lab.clock.monotonic_ms() - started >= context.left_ms;
        if (isOver) return { outcome: "timeout", reason: message };
        if (error.code !== "interrupted") failure = error;
        return { outcome: "cancelled", reason: message };
      }
    },
    failure: () => failure,
    provenance: () => provenance,
  };
}
