import type { Verdict } from "./execute.ts";
import type { RunSession } from "./run-step.ts";

/** `builtin:reference`, loaded when it runs: it is as much code as a third of all other runs need. */
export async function loadAndRunReference(session: RunSession): Promise<Verdict> {
  const { runReference } = await import("./reference/run-reference.ts");
  return runReference(session);
}
