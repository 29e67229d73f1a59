import { LabError } from "../domain/errors.ts";
import type { Lab } from "./lab.ts";

/**
 * Refuses to let a run answer what its own lab asks a person: commands of a run inherit its LAB_*
 * variables. A guard against mistakes of agents, not against malice (docs/stopping.md).
 */
export function assertPerson({ env }: Pick<Lab, "env">, doing: string): void {
  const run = env["LAB_RUN_ID"] ?? "";
  if (run === "") return;
  throw new LabError("policy-refused", `${doing} is for people; this is run ${run}`, {
    hint: "let a person do it outside of the run",
  });
}
