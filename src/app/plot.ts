import { writeFileSync } from "node:fs";
import { LabError, systemCode } from "../domain/errors.ts";
import { isFeasible } from "../domain/objectives.ts";
import type { Parameter } from "../domain/space.ts";
import { contourChart } from "../plot/contour.ts";
import type { Plot, PlotRun, Subject } from "../plot/figure.ts";
import { historyChart } from "../plot/history.ts";
import { importanceBars } from "../plot/importance.ts";
import { parallelPlot } from "../plot/parallel.ts";
import { sliceChart } from "../plot/slice.ts";
import { timelineChart } from "../plot/timeline.ts";
import { fittingRuns, type FittingRuns } from "./fitting-runs.ts";
import { experimentImportance } from "./importance.ts";
import { chooseParameters } from "./plot-parameters.ts";
import { plotPareto } from "./plot-pareto.ts";
import { runTimes } from "./run-times.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

/** Every plot there is, by the word a user types. */
export const PLOT_KINDS = [
  "history",
  "importance",
  "slice",
  "contour",
  "parallel",
  "timeline",
  "pareto",
] as const;
export type PlotKind = (typeof PLOT_KINDS)[number];

export interface PlotRequest {
  experiment: string;
  kind: PlotKind;
  /** Names of parameters; empty for the most important ones. */
  params: readonly string[];
  search_space: string | null;
}

export interface MadePlot {
  plot: Plot;
  /** The parameters it shows. */
  params: string[];
}

/**
 * A plot of an experiment: runs of its current tier, and for the timeline all of them. Throws
 * `usage` for parameters that the space or the kind of plot does not have.
 */
export async function makePlot(session: Session, request: PlotRequest): Promise<MadePlot> {
  const { experiment, kind } = request;
  const view = await session.store.view(experiment);
  const subject: Subject = {
    experiment,
    metric: view.metric,
    direction: view.metric_direction,
    tier: view.current_fidelity_tier,
  };
  if (kind === "pareto") return plotPareto(session, subject, request.params);
  if (kind === "history" || kind === "importance" || kind === "timeline") {
    refuseParams(request);
    return { plot: await wholePlot(session, kind, subject, request), params: [] };
  }
  const found = await fittingRuns(session, experiment, request.search_space);
  const params = chooseParameters(found, { kind, names: request.params });
  return {
    plot: parameterPlot(kind, subject, params.shown, plotRuns(found), params.notes),
    params: params.shown.map(({ name }) => name),
  };
}

/** Writes a plot where the user wants it, over whatever file is there. */
export function writePlot(path: string, svg: string): void {
  try {
    writeFileSync(path, svg);
  } catch (error) {
    const code = systemCode(error);
    if (!["ENOENT", "EISDIR", "ENOTDIR", "EACCES"].includes(code)) throw error;
    throw new LabError("usage", `cannot write ${path} (${code})`, {
      hint: "name a file in a folder that exists, or - for stdout",
    });
  }
}

type WholeKind = "history" | "importance" | "timeline";

async function wholePlot(
  session: Session,
  kind: WholeKind,
  subject: Subject,
  { experiment, search_space }: PlotRequest,
): Promise<Plot> {
  switch (kind) {
    case "history": {
      const rows = await trialRows(session, experiment);
      const spec = await session.store.spec(experiment);
      return historyChart(
        subject,
        rows
          .filter((row) => row.tier === subject.tier)
          .map((row) => ({ ...row, infeasible: row.value !== null && !isFeasible(spec, row) })),
      );
    }
    case "importance": {
      const report = await experimentImportance(session, { experiment, search_space });
      return importanceBars(subject, report.parameters, report);
    }
    case "timeline":
      return timelineChart(experiment, await runTimes(session, experiment));
    default:
      return kind satisfies never;
  }
}

function parameterPlot(
  kind: Exclude<PlotKind, WholeKind | "pareto">,
  subject: Subject,
  shown: readonly Parameter[],
  runs: readonly PlotRun[],
  notes: readonly string[],
): Plot {
  const plot = ((): Plot => {
    const [first, second] = shown;
    if (kind === "parallel") return parallelPlot(subject, shown, runs);
    if (kind === "contour" && first !== undefined && second !== undefined) {
      return contourChart(subject, [first, second], runs);
    }
    if (first !== undefined) return sliceChart(subject, first, runs);
    throw new LabError("usage", `the search space of ${subject.experiment} has nothing to plot`);
  })();
  return { ...plot, notes: [...plot.notes, ...notes] };
}

/** Rows with the params as the space has them now. */
function plotRuns({ fitting }: FittingRuns): PlotRun[] {
  return fitting.map(({ row, trial }) => ({ ...row, params: trial.params }));
}

function refuseParams({ kind, params }: PlotRequest): void {
  if (params.length === 0) return;
  throw new LabError("usage", `a ${kind} plot takes no --param`, {
    hint: "--param is for slice (one), contour (two), parallel (any number) and pareto (two objectives)",
  });
}
