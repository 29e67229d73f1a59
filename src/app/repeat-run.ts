import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { git } from "../run/git.ts";
import { readDecision } from "../run/reference/decision.ts";
import type { PlannedRun } from "../schedule/tier-plan.ts";
import { experimentLayout } from "../store/layout.ts";
import type { Lanes } from "./lanes.ts";
import type { RunRequest } from "./run-request.ts";
import type { Session } from "./session.ts";

/**
 * What a run of `tier` needs to evaluate again what `origin` evaluated: the same params in a sandbox
 * of that tier, or the same patch, scored by the reference executor. Throws `not-found` when the
 * bundle of the origin has lost its patch.
 */
export async function repeatOf(
  session: Session,
  lanes: Lanes,
  spec: Spec,
  { tier, origin }: { tier: string; origin: PlannedRun },
): Promise<Pick<RunRequest, "tier" | "params" | "sandbox" | "revision" | "candidate">> {
  const { params } = origin;
  if (params !== null) {
    const { pool, revision } = await lanes.of(tier);
    return { tier, params, sandbox: await pool.take(), revision };
  }
  const { runs } = experimentLayout(session.store.layout, spec.id);
  const dir = join(runs, origin.run_id);
  const patch = readPatch(dir);
  const strip = 1 + (await foldersAbove(spec.workspace_root, dir));
  const candidate = { kind: "patch" as const, patch, strip };
  return { tier, params: null, sandbox: null, revision: null, candidate };
}

function readPatch(dir: string): string {
  const path = join(dir, "artifacts", "diff.patch");
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    throw new LabError("not-found", `${path} is gone: its candidate cannot be run again`, {
      hint: "restore the bundle; `labctl verify` names all that is missing",
    });
  }
}

/** Names in the patch of a clone start at the top of the checkout, which may be above the workspace. */
async function foldersAbove(workspace: string, dir: string): Promise<number> {
  if (readDecision(dir)?.workspace_mode !== "git-clone") return 0;
  const { exit_code, stdout } = await git(workspace, ["rev-parse", "--show-prefix"]);
  return exit_code === 0 ? stdout.split("/").length - 1 : 0;
}
