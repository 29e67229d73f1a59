import { resolve } from "node:path";
import { PLOT_KINDS, makePlot, writePlot } from "../../app/plot.ts";
import { plotSvg, plotText } from "../../plot/render.ts";
import { defineCommand, type CommandResult } from "../command.ts";
import { plotOptions } from "../plot-options.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "plot",
  description:
    "history: values and the best so far. importance: what decides the metric. slice: values by one " +
    "parameter. contour: by two. parallel: all parameters at once. timeline: when runs ran. " +
    "pareto: two objectives against each other, and the front. " +
    "Only runs of the current tier, except in timeline.",
  examples: [
    { command: "labctl plot my-exp history", why: "in the terminal" },
    { command: "labctl plot my-exp slice --param lr", why: "values by lr" },
    { command: "labctl plot my-exp contour --param lr --param layers", why: "by two" },
    { command: "labctl plot my-exp parallel --svg parallel.svg", why: "as a picture" },
  ],
  flags: {
    param: {
      type: "string",
      multiple: true,
      valueHint: "NAME",
      description: "A parameter (for pareto an objective) to show; default: the most important",
    },
    svg: { type: "string", valueHint: "FILE", description: "Write an SVG file; - for stdout" },
    "search-space": {
      type: "string",
      valueHint: "FILE",
      description: "Search space (default: search_space of the SPEC or search_space.json)",
    },
  },
  positionals: {
    experiment: { description: "The experiment", valueHint: "EXPERIMENT" },
    kind: { description: "What to plot", options: PLOT_KINDS },
  },
  async run(context, args): Promise<CommandResult> {
    const { experiment, kind, svg } = args;
    const { plot, params } = await withSession(context, (session) =>
      makePlot(session, {
        experiment,
        kind,
        params: args.param,
        search_space: args["search-space"] ?? null,
      }),
    );
    const { title, subtitle, notes } = plot;
    const data = { experiment, kind, params, title, subtitle, notes };
    if (svg === undefined) {
      const text = plotText(plot, plotOptions(context));
      return { data: { ...data, text }, human: text };
    }
    const picture = plotSvg(plot);
    if (svg === "-") return { data: { ...data, svg: picture }, human: [picture.trimEnd()] };
    const file = resolve(context.io.cwd(), svg);
    writePlot(file, picture);
    return { data: { ...data, file }, human: [`wrote ${file}`] };
  },
});
