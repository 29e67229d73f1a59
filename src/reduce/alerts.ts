import { clip, code } from "./markdown.ts";
import { misleadingText, misleadingTiers } from "./tier-agreement.ts";
import type { LabView } from "./views.ts";

/** What a person should look at, one line each, in the order of the experiments. */
export function labAlerts(lab: LabView): string[] {
  return lab.experiments.flatMap((row) => {
    const alerts: string[] = [];
    if (row.failure_streak >= 3) {
      alerts.push(`${code(row.id)} has failure streak ${row.failure_streak}`);
    }
    if (row.phase === "awaiting-human") {
      const reason = clip(row.blocked_reason ?? "", 200) || "no reason recorded";
      alerts.push(`${code(row.id)} is awaiting a human: ${reason}`);
    }
    // After the held-out score there is nothing left to do about it.
    const steps = row.finalized === undefined ? misleadingTiers(row) : [];
    for (const step of steps) alerts.push(`${code(row.id)}: ${misleadingText(step)}`);
    return alerts;
  });
}
