import { LabError } from "../../domain/errors.ts";
import type { TicketKind } from "../../domain/agent-events.ts";
import type { Space } from "../../domain/space.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { builtinOf } from "../../run/command.ts";
import { loadSpace } from "../search-space.ts";

/** What can be proposed to an experiment. */
export interface Proposable {
  /** null when there is none, or none that can be used. */
  space: Space | null;
  /** Why there is no space; "" when there is one. */
  space_problem: string;
  /** Whether changed files can be scored. */
  code: boolean;
  /** Why they cannot; "" when they can. */
  code_problem: string;
  /** What `next` gives when nobody says; null when nothing can be proposed. */
  kind: TicketKind | null;
}

/** Looks at a SPEC, resolved for its tier, without changing anything. */
export async function proposable(spec: Spec): Promise<Proposable> {
  const { space, space_problem } = await spaceOf(spec);
  const code_problem = codeProblem(spec);
  const code = code_problem === "";
  const prefersCode = space === null || usesReference(spec);
  const kind = code && prefersCode ? "code" : space === null ? null : "params";
  return { space, space_problem, code, code_problem, kind };
}

async function spaceOf(spec: Spec): Promise<Pick<Proposable, "space" | "space_problem">> {
  try {
    return { space: await loadSpace(spec, null), space_problem: "" };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { space: null, space_problem: error.message };
  }
}

function codeProblem(spec: Spec): string {
  if (spec.workspace_root === "") return "it has no workspace_root";
  return spec.validation_command.trim() === "" ? "it has no validation_command" : "";
}

function usesReference({ executor_command }: Spec): boolean {
  try {
    return builtinOf(executor_command) === "reference";
  } catch (error) {
    // An unknown built-in is said where it is run.
    if (error instanceof LabError) return false;
    throw error;
  }
}
