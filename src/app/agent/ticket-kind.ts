import { LabError } from "../../domain/errors.ts";
import type { Space } from "../../domain/space.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { builtinOf } from "../../run/command.ts";
import { loadSpace } from "../search-space.ts";

export const TICKET_KINDS = ["params", "code"] as const;
export type TicketKind = (typeof TICKET_KINDS)[number];

/** What can be proposed to an experiment. */
export interface Proposable {
  /** null when there is none, or none that can be used. */
  space: Space | null;
  /** Why there is no space; "" when there is one. */
  space_problem: string;
  /** Whether changed files can be scored: there is a workspace, and a command that measures it. */
  code: boolean;
  /** What `next` gives when nobody says; null when nothing can be proposed. */
  kind: TicketKind | null;
}

/** Looks at a SPEC, resolved for its tier, without changing anything. */
export async function proposable(spec: Spec): Promise<Proposable> {
  const { space, problem } = await spaceOf(spec);
  const code = spec.workspace_root !== "" && measuresCode(spec);
  const prefersCode = isReference(spec) || space === null;
  const kind = code && prefersCode ? "code" : space === null ? null : "params";
  return { space, space_problem: problem, code, kind };
}

async function spaceOf(spec: Spec): Promise<{ space: Space | null; problem: string }> {
  try {
    return { space: await loadSpace(spec, null), problem: "" };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { space: null, problem: error.message };
  }
}

/** The command that measures a workspace: validation_command, else an executor that is a program. */
export function measuringCommand(spec: Spec): string {
  const validation = spec.validation_command.trim();
  if (validation !== "") return validation;
  const executor = spec.executor_command.trim();
  return executor === "" || isBuiltin(executor) ? "" : executor;
}

function measuresCode(spec: Spec): boolean {
  return measuringCommand(spec) !== "";
}

function isReference(spec: Spec): boolean {
  return spec.executor_command.trim() !== "" && named(spec.executor_command) === "reference";
}

function isBuiltin(command: string): boolean {
  const builtin = named(command);
  return builtin !== null && builtin !== "ts";
}

function named(command: string): ReturnType<typeof builtinOf> {
  try {
    return builtinOf(command);
  } catch (error) {
    // An unknown built-in is said where it is run.
    if (error instanceof LabError) return null;
    throw error;
  }
}
