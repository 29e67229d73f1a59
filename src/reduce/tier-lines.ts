import { code } from "./markdown.ts";
import { formatValue } from "./number.ts";
import { misleadingText, misleadingTiers } from "./tier-agreement.ts";
import { entry } from "./tiers.ts";
import type { Finalized } from "./tier-views.ts";
import type { ExperimentView } from "./views.ts";

/** How tiers relate: runs of each, whether the cheap ones predict the dear ones, what was finalized. */
export function tierLines(view: ExperimentView): string[] {
  const steps = view.tier_agreement ?? [];
  if (steps.length === 0 && view.finalized === undefined) return [];
  const misleading = misleadingTiers(view);
  return [
    ...view.fidelity_tiers.map(
      (tier) => `- ${code(tier)}: ${entry(view.run_count_by_tier, tier) ?? 0} runs`,
    ),
    ...steps.map(
      ({ from, to, pairs, tau }) =>
        `- Rank agreement of ${code(from)} with ${code(to)}: tau ${tau.toFixed(2)} over ${pairs} promoted runs`,
    ),
    ...misleading.map((step) => `- Warning: ${misleadingText(step)}`),
    ...(view.finalized === undefined ? [] : finalLines(view.finalized)),
  ];
}

/** The held-out scores, one line a winner. */
export function finalLines({ tier, from_tier, winners }: Finalized): string[] {
  return winners.map(({ run_id, value, final_run, final_value }) => {
    const score = final_value === null ? "not scored yet" : formatValue(final_value);
    const by = final_run === null ? "" : ` in ${final_run}`;
    return `- Locked tier ${code(tier)}: ${score}${by}, from ${run_id} (${formatValue(value)} on ${code(from_tier)})`;
  });
}
