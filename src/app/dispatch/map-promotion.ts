import { realpathSync } from "node:fs";
import type { RunPackage } from "../../domain/dispatch/run-package.ts";
import { specForTier } from "../../domain/spec/tiers.ts";
import type { ExecuteReport } from "../../run/execute.ts";
import { gitCheckout } from "../../run/git.ts";
import type { Session } from "../session.ts";

/**
 * An accepted change is applied to the workspace here: the plan of a worker names its own clone.
 * Where there is no checkout any more, the change is kept as a patch and not applied.
 */
export async function mapPromotion(
  session: Session,
  pack: RunPackage,
  report: ExecuteReport,
): Promise<ExecuteReport> {
  const { promotion: plan, ...rest } = report;
  if (plan === undefined) return report;
  const { store } = session;
  const spec = specForTier(await store.spec(pack.experiment), pack.run.tier);
  const source = pack.workspace;
  const checkout = spec.workspace_root === "" ? null : await gitCheckout(spec.workspace_root);
  const isOurs = spec.promotion_strategy !== "patch-only" && source?.kind === "git";
  if (checkout === null || !isOurs || plan.from !== source.commit) return rest;
  return {
    ...rest,
    promotion: {
      ...plan,
      toplevel: checkout.toplevel,
      // The worker may say where in the workspace, and not where in the checkout that is.
      directory: plan.directory === "" ? "" : checkout.prefix,
      exclude: [realpathSync(store.layout.root)],
    },
  };
}
