import { formatValue } from "./number.ts";
import { oneLine } from "./markdown.ts";
import { entry } from "./tiers.ts";
import type { IndexRow } from "./views.ts";

/** `tier=proxy, best=0.5`, or what is known instead of a best; a best of another tier is said to be one. */
export function headline(row: IndexRow): string {
  const tier = `tier=${oneLine(row.current_fidelity_tier)}`;
  const best = entry(row.best_metric_by_tier, row.current_fidelity_tier);
  const isHere = entry(row.best_run_by_tier, row.current_fidelity_tier) === row.best_run;
  if (best !== undefined && isHere) return `${tier}, best=${formatValue(best)}`;
  if (row.best_metric_value !== null) {
    const tiers = Object.keys(row.best_run_by_tier);
    const from = tiers.find((name) => row.best_run_by_tier[name] === row.best_run);
    return `${tier}, best=${formatValue(row.best_metric_value)} (tier ${oneLine(from ?? "unknown")})`;
  }
  return row.last_outcome === null ? `${tier}, no runs yet` : `${tier}, last=${row.last_outcome}`;
}
