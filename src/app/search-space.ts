import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import type { Space } from "../domain/space.ts";
import type { Spec } from "../domain/spec/spec.ts";

/**
 * The search space of an experiment: `file` when given, else the SPEC's own `search_space`, else
 * search_space.json in the workspace. Throws `usage` with every problem in it.
 */
export async function loadSpace(spec: Spec, file: string | null): Promise<Space> {
  const { parseSpace, spaceFromValue } = await import("../domain/space/parse-space.ts");
  if (file === null && spec.search_space !== null) {
    return spaceFromValue(spec.search_space, "SPEC.yaml search_space");
  }
  const path = file ?? join(spec.workspace_root, "search_space.json");
  if (file === null && spec.workspace_root === "") {
    throw new LabError("usage", `${spec.id} has no search space and no workspace_root`, {
      hint: "add search_space: to SPEC.yaml, or pass --search-space FILE",
    });
  }
  try {
    return parseSpace(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (error instanceof LabError || systemCode(error) === "") throw error;
    throw new LabError(
      "usage",
      `No search space found: cannot read ${path} (${systemCode(error)})`,
      {
        hint: `create ${path}, add search_space: to SPEC.yaml, or pass --search-space FILE`,
      },
    );
  }
}
