import { paramsKey } from "../domain/canonical-json.ts";
import { allowedValues } from "../domain/space/allowed-values.ts";
import type { Space } from "../domain/space.ts";
import type { Params } from "../domain/types.ts";
import { knownLines, paramRows, type ProposedParams, whyProposed } from "./explain-proposal.ts";
import { code, oneLine, toFile } from "./markdown.ts";
import type { ExperimentView } from "./views.ts";

/** A proposal that a person is asked about in control/approvals/. */
export interface ProposalRequest extends ProposedParams {
  view: ExperimentView;
  space: Space;
  iteration: number;
  asked_at: string;
  /** What was wrong with the last answer; "" when there was none. */
  problem: string;
}

/** The same for the same params of an iteration, so that an answer that comes late still counts. */
export function proposalId(experiment: string, iteration: number, params: Params): string {
  const digest = Bun.hash.crc32(paramsKey(params)).toString(16).padStart(8, "0");
  return `PROPOSAL-${String(iteration).padStart(4, "0")}-${experiment}-${digest}`;
}

/** The experiment of a proposal's id, or of one of its files; null for any other name. */
export function experimentOfProposal(name: string): string | null {
  return /^PROPOSAL-\d+-(.+)-[0-9a-f]{8}(?:\.request\.(?:json|md))?$/.exec(name)?.[1] ?? null;
}

/** `<id>.request.json`: what a program needs to answer. */
export function renderProposalJson(id: string, request: ProposalRequest): string {
  const { view, space, iteration, params, strategy, provenance, asked_at, problem } = request;
  const file = (word: string): string => `control/approvals/${id}.${word}`;
  const shown = {
    schema: "labctl/proposal/v1",
    id,
    experiment: view.id,
    iteration,
    asked_at,
    params,
    strategy,
    provenance,
    why: whyProposed(request),
    known: knownLines(view),
    allowed: Object.fromEntries(space.parameters.map((one) => [one.name, allowedValues(one)])),
    ...(problem === "" ? {} : { problem }),
    answer_with: {
      approve: [`labctl approve ${id}`, file("approve")],
      skip: [`labctl approve ${id} --reject`, file("reject")],
      edit: [`labctl approve ${id} --params '{...}'`, file("answer.json")],
      stop: [`labctl approve ${id} --stop`, file("stop")],
    },
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

/** `<id>.request.md`: the same for people. */
export function renderProposalMarkdown(id: string, request: ProposalRequest): string {
  const { view, iteration, params, asked_at, problem } = request;
  const best = view.best_by_tier[view.current_fidelity_tier]?.params ?? null;
  return toFile([
    `# ${oneLine(view.id)}, iteration ${iteration}: run this?`,
    "",
    ...(problem === "" ? [] : [`Your last answer was not taken: ${oneLine(problem)}`, ""]),
    ...paramRows(params, best).map(([name = "", value = "", note = ""]) => {
      return `- ${code(name)}: ${code(value)}${note === "" ? "" : ` (${oneLine(note)})`}`;
    }),
    "",
    oneLine(whyProposed(request)),
    "",
    ...knownLines(view).map((line) => `- ${oneLine(line)}`),
    "",
    `Asked: ${asked_at}`,
    "",
    "## Answer",
    "",
    `- run it: \`labctl approve ${id}\`, or make a file \`${id}.approve\` in this folder`,
    `- skip it: \`labctl approve ${id} --reject\`, or a file \`${id}.reject\``,
    `- run others: \`labctl approve ${id} --params '{"name": value}'\`, or a file \`${id}.answer.json\` with \`{"decision": "edit", "params": {...}}\`; what you leave out stays as proposed`,
    `- end the session: \`labctl approve ${id} --stop\`, or a file \`${id}.stop\``,
  ]);
}
