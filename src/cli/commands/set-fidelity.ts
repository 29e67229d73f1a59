import { setFidelity } from "../../app/phase.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "set-fidelity",
  description: "Its next runs are of this tier, and its success streak there starts anew.",
  examples: [{ command: "labctl set-fidelity my-exp validation", why: "confirm what proxy found" }],
  flags: { reason: { type: "string", description: "Why, for the record" } },
  positionals: {
    experiment: { description: "The experiment", valueHint: "EXPERIMENT" },
    tier: { description: "One of the fidelity_tiers of its SPEC" },
  },
  async run(context, { experiment, tier, reason }) {
    const view = await withSession(context, (session) =>
      setFidelity(session, experiment, tier, reason ?? null),
    );
    const { current_fidelity_tier, next_fidelity_tier } = view;
    return {
      data: { experiment, current_fidelity_tier, next_fidelity_tier },
      human: [`${experiment} -> fidelity tier ${current_fidelity_tier}`],
    };
  },
});
