import { createInterface } from "node:readline/promises";
import type { IterateRequest, Review } from "../app/iterate.ts";
import { loadSpace } from "../app/search-space.ts";
import { openSession } from "../app/session.ts";
import { LabError } from "../domain/errors.ts";
import { specForTier } from "../domain/spec/tiers.ts";
import { adaptParams } from "../domain/space/adapt.ts";
import { paramProblems } from "../domain/space/param-problems.ts";
import type { Space } from "../domain/space.ts";
import type { JsonObject, JsonValue } from "../domain/types.ts";
import type { CommandContext } from "./command.ts";

export interface Reviewer {
  review: NonNullable<IterateRequest["review"]>;
  close(): void;
}

interface ReviewArgs {
  experiment: string;
  iterations: number;
  "search-space": string | undefined;
  yes: boolean;
}

/**
 * Asks a person about each proposal, on stderr and stdin. Refuses to start without a terminal
 * unless --yes is given: nobody would ever answer.
 */
export async function createReviewer(context: CommandContext, args: ReviewArgs): Promise<Reviewer> {
  const { io, lab, out } = context;
  let position = 0;
  function announce(strategy: string, params: JsonObject): void {
    position += 1;
    out.line(`\n  [${position}/${args.iterations}] Proposed (${strategy}):`);
    out.line(`    ${JSON.stringify(params, null, 2).replaceAll("\n", "\n    ")}`);
  }
  if (args.yes) {
    return {
      review: async ({ strategy, params }) => {
        announce(strategy, params);
        return { kind: "run", params };
      },
      close: () => {},
    };
  }
  if (!io.stdin.isTerminal) {
    throw new LabError("usage", "guided asks before each run, and stdin is not a terminal", {
      hint: "add --yes to approve every proposal, or use `labctl burst`",
    });
  }
  const space = await spaceOf(lab, args);
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ask = async (question: string): Promise<string | null> => {
    try {
      return (await prompt.question(question, { signal: io.interrupts().soon })).trim();
    } catch {
      return null; // End of input, or Ctrl-C: nobody answers any more.
    }
  };

  async function edit(params: JsonObject): Promise<Review | null> {
    for (;;) {
      const answer = await ask("    Enter JSON params (empty goes back): ");
      if (answer === null) return { kind: "stop" };
      if (answer === "") return null;
      const edited = adapted(space, parseEdit(answer, params));
      const problems = typeof edited === "string" ? [edited] : paramProblems(space, edited);
      if (problems.length === 0 && typeof edited !== "string") {
        return { kind: "run", params: edited };
      }
      for (const problem of problems) out.line(`    ${problem}`);
    }
  }

  return {
    async review({ strategy, params }) {
      announce(strategy, params);
      for (;;) {
        const answer = await ask("    Approve? [Y/n/edit/q] ");
        if (answer === null || /^q(uit)?$/i.test(answer)) return { kind: "stop" };
        if (answer === "" || /^y(es)?$/i.test(answer)) return { kind: "run", params };
        if (/^n(o)?$/i.test(answer)) {
          out.line("    Skipped.");
          return { kind: "skip" };
        }
        if (/^e(dit)?$/i.test(answer)) {
          const verdict = await edit(params);
          if (verdict !== null) return verdict;
          continue;
        }
        out.line(`    Expected Y, n, edit or q, got ${JSON.stringify(answer)}`);
      }
    },
    close: () => prompt.close(),
  };
}

/** A switched parent drops its old children and brings in the defaults of the new ones. */
function adapted(space: Space, edited: JsonObject | string): JsonObject | string {
  return typeof edited === "string" ? edited : (adaptParams(space, edited) ?? edited);
}

/** Edited params keep what they do not mention. A text is what is wrong with the answer. */
function parseEdit(answer: string, params: JsonObject): JsonObject | string {
  try {
    const value: JsonValue = JSON.parse(answer);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return `Expected a JSON object such as ${JSON.stringify(params)}`;
    }
    return { ...params, ...value };
  } catch (error) {
    return `Invalid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function spaceOf(lab: CommandContext["lab"], args: ReviewArgs): Promise<Space> {
  const { store } = await openSession(lab);
  const view = await store.view(args.experiment);
  const spec = specForTier(await store.spec(args.experiment), view.current_fidelity_tier);
  return loadSpace(spec, args["search-space"] ?? null);
}
