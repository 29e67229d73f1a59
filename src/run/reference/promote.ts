import { join } from "node:path";
import { LabError } from "../../domain/errors.ts";
import { git, gitCheckout, uncommitted } from "../git.ts";
import type { Sandbox } from "../sandbox.ts";
import { isInside } from "../tree.ts";

/**
 * Applies a verified patch to the user's checkout, all of it or nothing: only when nothing there is
 * uncommitted, and after a trial. Nothing is committed. Throws LabError policy-refused otherwise.
 */
export async function applyToWorkspace(
  patch: string,
  sandbox: Sandbox,
  workspace: { root: string; exclude: readonly string[] },
): Promise<void> {
  const checkout = await gitCheckout(workspace.root);
  if (checkout === null) throw refused("the workspace is not in a git checkout");
  const { toplevel, prefix } = checkout;
  const dirty = (await uncommitted(toplevel)).filter(
    (file) => !workspace.exclude.some((folder) => isInside(folder, join(toplevel, file))),
  );
  if (dirty.length > 0) throw refused(`the workspace has uncommitted changes: ${dirty.join(", ")}`);
  // A patch of a copy starts at the workspace, one of a clone at the top of the checkout.
  const place = sandbox.mode === "copy" && prefix !== "" ? [`--directory=${prefix}`] : [];
  const apply = ["apply", "--whitespace=nowarn", ...place];
  const trial = await git(toplevel, [...apply, "--check", "--", patch]);
  const done = trial.exit_code === 0 ? await git(toplevel, [...apply, "--", patch]) : trial;
  if (done.exit_code !== 0) throw refused(`the patch does not apply: ${done.stderr}`);
}

function refused(why: string): LabError {
  return new LabError("policy-refused", `accepted, but not applied: ${why}`, {
    hint: "The patch is in artifacts/diff.patch of the run.",
  });
}
