import type { Spec } from "../../domain/spec/spec.ts";
import type { CommandFailure } from "../describe-exit.ts";

/** What a mutator gets of the run it works in. */
export interface MutationContext {
  /** Resolved for the tier. */
  spec: Spec;
  /** The workspace in the tree that it may change; what it changes elsewhere is not part of the candidate. */
  cwd: string;
  /** For what should be kept: prompts, answers, logs. */
  artifacts_dir: string;
  /** The environment a command of the run gets, LAB_* included. */
  environment: Readonly<Record<string, string>>;
  /** Left of the time budget. */
  left_ms: number;
  /** Aborted when the run is cancelled or its budget is used up. */
  signal: AbortSignal;
}

/**
 * Makes a candidate inside labctl instead of by a command: used in the mutation step when the SPEC
 * names an agent_provider and mutation_command is "" or `builtin:agent`. Returns null when it is
 * done, also when it changed nothing, else why the run ends here.
 */
export type Mutator = (context: MutationContext) => Promise<CommandFailure | null>;
