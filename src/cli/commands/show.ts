import { showExperiment } from "../../app/show.ts";
import { defineCommand } from "../command.ts";
import { experimentPage } from "../experiment-page.ts";
import { lineWidth } from "../table.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "show",
  description: "Where one experiment stands: its goal, its best, its last runs, and what is next.",
  examples: [
    { command: "labctl show my-exp", why: "one page" },
    { command: "labctl show my-exp --json", why: "its whole state and SPEC" },
  ],
  flags: {},
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  async run(context, { experiment }) {
    const { lab, io, out } = context;
    const shown = await withSession(context, (session) => showExperiment(session, experiment));
    const { view, spec, stops, holder, dir } = shown;
    return {
      data: { experiment: view, spec, stops, holder, dir },
      human: experimentPage(shown, {
        now: lab.clock.now(),
        width: lineWidth(io.stdout),
        colour: out.colour,
      }),
      next:
        view.run_count === 0
          ? [{ command: "labctl run-once", why: "run what is due" }]
          : [{ command: `labctl runs ${experiment}`, why: "its runs" }],
    };
  },
});
