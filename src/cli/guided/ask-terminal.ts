import { createInterface } from "node:readline/promises";
import type { Proposed, Review } from "../../app/iterate.ts";
import { allowedValues } from "../../domain/space/allowed-values.ts";
import { editParams } from "../../domain/space/edit-params.ts";
import type { Colour } from "../colour.ts";
import { table } from "../table.ts";

export interface TerminalOptions {
  /** Prints a line where the person reads. */
  say: (line: string) => void;
  width: number;
  colour: Colour;
  /** Aborted: nobody answers any more. */
  signal: AbortSignal;
}

const HELP = [
  "y, Enter  run it",
  "n         skip it: another is proposed for the same iteration",
  "e         edit the params, then run them; `e lr=0.1` edits at once",
  "q         end the session; what ran stays",
];

/** Asks a person at the terminal about one proposal after another. */
export function openTerminal({ say, width, colour, signal }: TerminalOptions): {
  ask(proposed: Proposed): Promise<Review>;
  close(): void;
} {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  // The end of input answers no question that waits for it.
  const ended = new AbortController();
  prompt.once("close", () => ended.abort());
  const gone = AbortSignal.any([signal, ended.signal]);

  async function question(text: string): Promise<string | null> {
    if (gone.aborted) return null;
    try {
      return (await prompt.question(text, { signal: gone })).trim();
    } catch {
      say("");
      return null; // End of input, or Ctrl-C.
    }
  }

  async function edit({ params, space }: Proposed, first: string): Promise<Review | null> {
    if (first === "") {
      const rows = space.parameters.map((one) => [one.name, allowedValues(one)]);
      for (const line of table(rows, width - 4)) say(colour.dim(`    ${line}`));
    }
    for (let written = first; ; written = "") {
      const answer =
        written === ""
          ? await question("    name=value ..., or JSON (empty goes back): ")
          : written;
      if (answer === null) return { kind: "stop" };
      if (answer === "") return null;
      const edited = editParams(space, params, answer);
      if (edited.kind === "params") {
        say(`    Running ${JSON.stringify(edited.params)}`);
        return { kind: "run", params: edited.params };
      }
      for (const problem of edited.problems) say(colour.red(`    ${problem}`));
    }
  }

  async function ask(proposed: Proposed): Promise<Review> {
    for (;;) {
      const answer = await question("    Approve? [Y/n/edit/q/?] ");
      if (answer === null || /^(q(uit)?|stop)$/i.test(answer)) return { kind: "stop" };
      if (answer === "" || /^y(es)?$/i.test(answer)) {
        return { kind: "run", params: proposed.params };
      }
      if (/^(n(o)?|s(kip)?)$/i.test(answer)) {
        say("    Skipped.");
        return { kind: "skip" };
      }
      const edits = /^e(?:dit)?(?:\s+(.*))?$/i.exec(answer);
      if (edits !== null) {
        const verdict = await edit(proposed, edits[1] ?? "");
        if (verdict !== null) return verdict;
      } else {
        if (!/^(\?|h(elp)?)$/i.test(answer)) {
          say(`    Expected Y, n, edit or q, got ${JSON.stringify(answer)}`);
        }
        for (const line of HELP) say(colour.dim(`    ${line}`));
      }
    }
  }

  return { ask, close: () => prompt.close() };
}
