import type { Bars, Subject } from "./figure.ts";
import { countText } from "./label.ts";

/** A parameter and its share of the importance, 0 to 1. */
export interface ParameterShare {
  name: string;
  share: number;
}

/** How much each parameter decides whether a run is among the best, in the order given. */
export function importanceBars(
  subject: Subject,
  parameters: readonly ParameterShare[],
  { trials, best }: { trials: number; best: number },
): Bars {
  const longest = Math.max(0, ...parameters.map(({ share }) => share));
  return {
    form: "bars",
    title: `What decides ${subject.metric}`,
    subtitle: [
      subject.experiment,
      `tier ${subject.tier}`,
      `the best ${best} of ${countText(trials, "measured trial")}`,
    ].join(" · "),
    legend: [],
    notes: [],
    empty: longest > 0 ? null : "nothing tells the best runs from the others",
    bars: parameters.map(({ name, share }) => ({
      name,
      length: longest > 0 ? share / longest : 0,
      label: share.toFixed(3),
    })),
  };
}
