import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { PromptFacts, PromptRun } from "../../agents/prompt/prompt.ts";
import { LabError } from "../../domain/errors.ts";
import { isFeasible } from "../../domain/objectives.ts";
import { axesOf } from "../../domain/space/axes.ts";
import type { Space } from "../../domain/space.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { JsonObject, Params, TrialRow } from "../../domain/types.ts";
import { candidateKey } from "../../reduce/agent/repeated.ts";
import { parameterLine } from "../../reduce/agent/parameter-line.ts";
import { ownRunCount } from "../../reduce/experiment.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import { parameterImportance } from "../../search/importance.ts";
import { readText } from "../../store/read-text.ts";
import type { Layout } from "../../store/layout.ts";
import { trialsOf } from "../trials.ts";

const TOP = 8;
const RECENT = 8;
const DIVERSE = 4;
/** With fewer measured trials importance would be noise. */
const MIN_TRIALS = 10;

interface FactsInput {
  layout: Layout;
  /** Resolved for the tier. */
  spec: Spec;
  view: ExperimentView;
  rows: readonly TrialRow[];
  /** null when code is proposed. */
  space: Space | null;
  schema: JsonObject;
  ask: string;
  /** What a run was about, when its params do not say it. */
  noteOf?: (row: TrialRow) => string;
  /** The change of the best run, as a diff. */
  patchOf?: (row: TrialRow) => string;
}

/** What a model is told of an experiment, from what the lab knows. */
export function promptFacts(input: FactsInput): PromptFacts {
  const { layout, spec, view, rows, space } = input;
  const tier = view.current_fidelity_tier;
  const own = rows.filter((row) => row.tier === tier);
  const sign = spec.metric_direction === "maximize" ? -1 : 1;
  const measured = own
    .filter((row) => row.value !== null && isFeasible(spec, row))
    .toSorted((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)) || a.iteration - b.iteration);
  const top = measured.slice(0, TOP);
  const recent = own.toSorted((a, b) => b.iteration - a.iteration).slice(0, RECENT);
  const [best] = top;
  const { noteOf = hypothesisOf, patchOf } = input;
  const promptRun = (row: TrialRow): PromptRun => {
    const { iteration, outcome, value, strategy, params } = row;
    return { iteration, outcome, value, strategy, params, note: noteOf(row) };
  };
  const first = own.toSorted((a, b) => a.iteration - b.iteration)[0];
  return {
    goal: spec.goal,
    metric: spec.metric,
    direction: spec.metric_direction,
    target: spec.stop_conditions.target ?? null,
    program: readText(layout.program) ?? "",
    instruction: instructionOf(spec),
    rules: spec.constraints,
    subject: space === null ? policyLines(spec) : spaceLines(space),
    schema: input.schema,
    noise: noiseOf(own),
    baseline: first === undefined ? null : promptRun(first),
    best: best === undefined ? null : promptRun(best),
    best_patch: best === undefined ? "" : (patchOf?.(best) ?? ""),
    top: top.map(promptRun),
    recent: recent.map(promptRun),
    diverse: diverseRuns(space, measured, [...top, ...recent]).map(promptRun),
    failures: view.failures.toSorted((a, b) => b.count - a.count).slice(0, RECENT),
    lessons: view.lessons,
    sensitivities: sensitivities(spec, space, own, tier),
    files: [],
    listing: [],
    budget: budgetOf(spec, view),
    ask: input.ask,
  };
}

function budgetOf(spec: Spec, view: ExperimentView): PromptFacts["budget"] {
  const { max_usd, max_tokens } = spec.stop_conditions;
  return {
    iterations_left: Math.max(0, spec.max_iterations_total - ownRunCount(view)),
    usd_left: max_usd === undefined ? null : Math.max(0, max_usd - view.cost_usd),
    tokens_left: max_tokens === undefined ? null : Math.max(0, max_tokens - view.cost_tokens),
    runs_since_best: view.runs_since_best,
  };
}

function hypothesisOf({ provenance }: TrialRow): string {
  const said = provenance?.["hypothesis"];
  return typeof said === "string" ? said : "";
}

function spaceLines(space: Space): string[] {
  return [
    ...space.parameters.map((parameter) => `${parameter.name}: ${parameterLine(parameter)}`),
    ...(space.constraints ?? []).map(({ text }) => `it must hold that ${text}`),
  ];
}

function policyLines(spec: Spec): string[] {
  const { mutable_paths, read_only_paths } = spec;
  return [
    mutable_paths.length === 0
      ? "every file may be changed but those below"
      : `may be changed: ${mutable_paths.join(", ")}`,
    ...(read_only_paths.length === 0 ? [] : [`may not be changed: ${read_only_paths.join(", ")}`]),
    `measured by: ${spec.validation_command}`,
  ];
}

/** The text of agent_instruction_file; "" when it is not set, or is a recording for the stub. */
export function instructionOf(spec: Spec): string {
  const path = instructionPath(spec);
  if (path === null) return "";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new LabError("usage", `agent_instruction_file: no such file: ${path}`, {
      hint: "write the task there, or leave agent_instruction_file out",
    });
  }
  return found.isFile() && !path.endsWith(".json") ? readFileSync(path, "utf8") : "";
}

/** Where agent_instruction_file is: in the workspace as the user has it, not as a candidate left it. */
export function instructionPath(spec: Spec): string | null {
  const name = spec.agent_instruction_file;
  if (name === "") return null;
  return isAbsolute(name) ? name : join(spec.workspace_root, name);
}

/** Pooled over everything that was measured more than once. */
function noiseOf(rows: readonly TrialRow[]): PromptFacts["noise"] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const key = row.value === null ? null : candidateKey(row);
    if (key === null || row.value === null) continue;
    groups.set(key, [...(groups.get(key) ?? []), row.value]);
  }
  let squares = 0;
  let freedom = 0;
  for (const values of groups.values()) {
    if (values.length < 2) continue;
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    squares += values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    freedom += values.length - 1;
  }
  return freedom === 0 ? null : { sd: Math.sqrt(squares / freedom), repeats: freedom + 1 };
}

/** Measured runs that are farthest from those that are shown anyway, one after the other. */
function diverseRuns(
  space: Space | null,
  measured: readonly TrialRow[],
  shown: readonly TrialRow[],
): TrialRow[] {
  if (space === null) return [];
  const near = shown.flatMap(({ params }) => (params === null ? [] : [params]));
  const rest = new Set(measured.filter((row) => row.params !== null && !shown.includes(row)));
  const found: TrialRow[] = [];
  while (found.length < DIVERSE && rest.size > 0) {
    let farthest: TrialRow | null = null;
    let most = -1;
    for (const row of rest) {
      const away = Math.min(...near.map((other) => distance(space, row.params ?? {}, other)));
      if (away > most) [farthest, most] = [row, away];
    }
    if (farthest === null) break;
    found.push(farthest);
    near.push(farthest.params ?? {});
    rest.delete(farthest);
  }
  return found;
}

function distance(space: Space, a: Params, b: Params): number {
  let sum = 0;
  for (const axis of axesOf(space)) {
    const [here, there] = [axis.encode(a[axis.name]), axis.encode(b[axis.name])];
    if (here === null || there === null) sum += here === there ? 0 : 1;
    else sum += axis.kind === "choice" ? Number(here !== there) : Math.abs(here - there);
  }
  return sum;
}

function sensitivities(
  spec: Spec,
  space: Space | null,
  rows: readonly TrialRow[],
  tier: string,
): PromptFacts["sensitivities"] {
  if (space === null) return [];
  const trials = trialsOf(rows, { space, tier, aims: spec });
  const report = parameterImportance(space, trials);
  if (report.trials < MIN_TRIALS) return [];
  return report.parameters.map(({ name, share }) => ({ name, share }));
}
