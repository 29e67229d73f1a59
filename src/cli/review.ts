import type { IterateRequest } from "../app/iterate.ts";
import { askByFiles } from "../app/proposals.ts";
import { openSession } from "../app/session.ts";
import { layoutOf } from "../store/layout.ts";
import { colourFor } from "./colour.ts";
import type { CommandContext } from "./command.ts";
import { proposalPage } from "./guided/proposal-page.ts";

export interface Reviewer {
  review: NonNullable<IterateRequest["review"]>;
  close(): void;
}

export interface ReviewArgs {
  experiment: string;
  iterations: number;
  yes: boolean;
  /** Ask through control/approvals/ although there is a terminal. */
  "by-file": boolean;
  /** Seconds to wait for an answer there; 0 looks once. */
  timeout: number;
}

/**
 * Asks a person about each proposal: on the terminal, or where there is none by files in
 * control/approvals/. With --yes it only shows them.
 */
export async function createReviewer(context: CommandContext, args: ReviewArgs): Promise<Reviewer> {
  const { io, lab, out } = context;
  const session = await openSession(lab);
  const spec = await session.store.spec(args.experiment);
  session.store.close();
  const isAtTerminal = io.stdin.isTerminal && !args["by-file"];
  // Whoever answers at the terminal reads there, whatever stdout is for.
  const stream = isAtTerminal && !args.yes ? io.stderr : io.stdout;
  const colour = colourFor(stream, io.env);
  const width = stream.isTerminal ? stream.columns() : 100;
  const say: (line: string) => void =
    stream === io.stderr ? (line) => io.stderr.write(`${line}\n`) : (line) => out.line(line);
  let position = 0;
  const show: Reviewer["review"] = async (proposed) => {
    position += 1;
    const page = { spec, position, total: args.iterations, width, colour };
    for (const line of proposalPage(proposed, page)) say(line);
    return { kind: "run", params: proposed.params };
  };
  if (args.yes) return { review: show, close: () => {} };
  const { soon } = io.interrupts();
  if (isAtTerminal) {
    const { openTerminal } = await import("./guided/ask-terminal.ts");
    const terminal = openTerminal({ say, width, colour, signal: soon });
    return {
      async review(proposed) {
        await show(proposed);
        return terminal.ask(proposed);
      },
      close: () => terminal.close(),
    };
  }
  const { approvals } = layoutOf(lab.root);
  return {
    async review(proposed) {
      await show(proposed);
      return askByFiles(
        approvals,
        { ...proposed, asked_at: lab.clock.now().toISOString() },
        {
          timeout_ms: args.timeout * 1000,
          signal: soon,
          onAsked(id, path, problem) {
            if (problem !== "") out.info(`the answer was not taken: ${problem}`);
            out.info(`waiting for an answer: labctl approve ${id}, or see ${path}`);
            out.event({ type: "asked", id, path, problem });
          },
        },
      );
    },
    close: () => {},
  };
}
