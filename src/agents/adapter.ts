import { existsSync, statSync } from "node:fs";
import { dirname, extname, isAbsolute, join } from "node:path";
import type { Spec } from "../domain/spec/spec.ts";

/**
 * An adapter is a program of the user's own that changes the files of its working folder:
 * `scripts/<provider>_mutation_adapter.py` in the workspace or beside it, or a path. It is taken
 * from where the user has it, never from a candidate.
 */
export interface FoundAdapter {
  /** null when there is none. */
  path: string | null;
  /** Where it was looked for. */
  looked: string[];
}

/** The adapter that `agent_provider` names. */
export function findAdapter({ agent_provider, workspace_root }: Spec): FoundAdapter {
  const name = agent_provider.trim();
  const isPath = name.includes("/") || extname(name) !== "";
  const script = `scripts/${name.toLowerCase()}_mutation_adapter.py`;
  const looked = isAbsolute(name)
    ? [name]
    : isPath
      ? [join(workspace_root, name)]
      : [join(workspace_root, script), join(dirname(workspace_root), script)];
  const path = looked.find((one) => existsSync(one) && statSync(one).isFile()) ?? null;
  return { path, looked };
}

/** How it is called: with the flags of the Python original, for what the SPEC sets. */
export function adapterWords(path: string, spec: Spec): string[] {
  const flags: [string, string][] = [
    ["--model", spec.agent_model],
    ["--effort", spec.agent_effort],
    ["--instruction-file", spec.agent_instruction_file],
    ["--base-url", spec.agent_base_url],
  ];
  return [
    ...(extname(path) === ".py" ? ["python3"] : []),
    path,
    ...flags.flatMap(([flag, value]) => (value === "" ? [] : [flag, value])),
    ...(spec.agent_background ? ["--background"] : []),
  ];
}
