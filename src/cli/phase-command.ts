import { PHASE_VERBS, setPhase } from "../app/phase.ts";
import { defineCommand, type Command, type Suggestion } from "./command.ts";
import { idempotent, KEY_FLAG } from "./idempotent.ts";
import { withSession } from "./with-session.ts";

interface PhaseCommand {
  description: string;
  example: string;
  next: (id: string) => Suggestion;
}

/** The command of one verb: pause, resume or complete. */
export function phaseCommand(verb: keyof typeof PHASE_VERBS, text: PhaseCommand): Command {
  return defineCommand({
    name: verb,
    description: text.description,
    examples: [{ command: `labctl ${verb} my-exp`, why: text.example }],
    flags: {
      reason: {
        type: "string",
        description: `Why, for the record (default ${JSON.stringify(PHASE_VERBS[verb].reason)})`,
      },
      ...KEY_FLAG,
    },
    positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
    run: (context, args) =>
      idempotent(context, verb, args, async () => {
        const { experiment, reason } = args;
        const view = await withSession(context, (session) =>
          setPhase(session, experiment, verb, reason ?? null),
        );
        const { phase, blocked_reason } = view;
        return {
          data: { experiment, phase, reason: blocked_reason },
          human: [`${PHASE_VERBS[verb].past}: ${experiment}`],
          next: [text.next(experiment)],
        };
      }),
  });
}
