import { Database } from "bun:sqlite";
import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import type { Objective } from "../../domain/objectives.ts";
import type { Space } from "../../domain/space.ts";
import type { Direction, JsonValue, Params } from "../../domain/types.ts";
import { snapToGrid } from "./coerce.ts";
import type { FileTrial, TrialFile } from "./file-trial.ts";

export interface OptunaContext {
  space: Space;
  direction: Direction;
  /** Of the SPEC; empty for a single one. The study must have as many, in this order. */
  objectives?: readonly Objective[];
  /** Metrics that a trial with a result must have. */
  needed?: readonly string[];
  /** Needed when the file has several. */
  study: string | null;
}

const Studies = v.array(v.object({ study_id: v.number(), study_name: v.string() }));
const Directions = v.array(v.object({ direction: v.string() }));
const Trials = v.array(v.object({ trial_id: v.number(), number: v.number(), state: v.string() }));
const Values = v.array(
  v.object({ trial_id: v.number(), objective: v.number(), value: v.nullable(v.number()) }),
);
const ParamRows = v.array(
  v.object({
    trial_id: v.number(),
    param_name: v.string(),
    param_value: v.nullable(v.number()),
    distribution_json: v.string(),
  }),
);
const FixedRows = v.array(v.object({ trial_id: v.number(), value_json: v.string() }));

/**
 * Reads the trials of one study of an Optuna storage (schema of Optuna 3 to 5), without writing to
 * the file. Complete trials have a value, failed and pruned ones an outcome, waiting ones only
 * their params; those still running are reported as bad. Throws `usage` when the study cannot be
 * this experiment's: other directions, more or fewer objectives, or no Optuna storage at all.
 */
export function readOptuna(path: string, file: string, context: OptunaContext): TrialFile {
  try {
    using database = new Database(path, { readonly: true, strict: true });
    return readStudy(database, file, context);
  } catch (error) {
    if (error instanceof LabError) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw new LabError("usage", `${file} is no Optuna storage: ${problem}`, {
      hint: "give the SQLite file of an Optuna study, or CSV, JSON or JSON lines",
      cause: error,
    });
  }
}

function readStudy(database: Database, file: string, context: OptunaContext): TrialFile {
  const query = (sql: string, ...values: number[]): unknown => database.query(sql).all(...values);
  const study_id = chooseStudy(
    v.parse(Studies, query("SELECT study_id, study_name FROM studies ORDER BY study_id")),
    file,
    context.study,
  );
  const directions = v.parse(
    Directions,
    query("SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective", study_id),
  );
  assertDirections(directions, file, context);

  const ofStudy = "trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)";
  const trials = v.parse(
    Trials,
    query(
      "SELECT trial_id, number, state FROM trials WHERE study_id = ? ORDER BY number",
      study_id,
    ),
  );
  const values = new Map<number, (number | null)[]>();
  const valueRows = query(
    `SELECT trial_id, objective, value FROM trial_values WHERE ${ofStudy} ORDER BY objective`,
    study_id,
  );
  for (const row of v.parse(Values, valueRows)) {
    values.set(row.trial_id, [...(values.get(row.trial_id) ?? []), row.value]);
  }
  const params = paramsByTrial(
    v.parse(
      ParamRows,
      query(
        `SELECT trial_id, param_name, param_value, distribution_json FROM trial_params WHERE ${ofStudy} ORDER BY param_id`,
        study_id,
      ),
    ),
    context.space,
  );
  const fixed = v.parse(
    FixedRows,
    query(
      `SELECT trial_id, value_json FROM trial_system_attributes WHERE key = 'fixed_params' AND ${ofStudy}`,
      study_id,
    ),
  );
  const wanted = new Map(fixed.map((row) => [row.trial_id, fixedParams(row.value_json)]));

  const result: TrialFile = { trials: [], bad: [], ignored: [] };
  for (const { trial_id, number, state } of trials) {
    const place = `trial ${number}`;
    const trial = { place, params: params.get(trial_id) ?? {} };
    const outcome = resultOf(state, values.get(trial_id) ?? [], context);
    if (state === "WAITING") {
      result.trials.push({ place, params: wanted.get(trial_id) ?? {}, result: null });
    } else if (outcome === null) {
      result.bad.push({ place, problem: `is ${state.toLowerCase()} in Optuna` });
    } else if (typeof outcome === "string") {
      result.bad.push({ place, problem: outcome });
    } else {
      result.trials.push({ ...trial, result: outcome });
    }
  }
  return result;
}

function chooseStudy(
  studies: v.InferOutput<typeof Studies>,
  file: string,
  wanted: string | null,
): number {
  const names = studies.map((study) => study.study_name).join(", ");
  const found =
    wanted === null && studies.length === 1
      ? studies[0]
      : studies.find((study) => study.study_name === wanted);
  if (found !== undefined) return found.study_id;
  if (wanted !== null) {
    throw new LabError("not-found", `${file} has no study ${JSON.stringify(wanted)}`, {
      hint: studies.length === 0 ? "it has no study at all" : `it has: ${names}`,
    });
  }
  throw new LabError("usage", `${file} has ${studies.length} studies`, {
    hint: studies.length === 0 ? "name another file" : `choose one with --study: ${names}`,
  });
}

function assertDirections(
  directions: v.InferOutput<typeof Directions>,
  file: string,
  { direction, objectives = [] }: OptunaContext,
): void {
  const wanted = objectives.length === 0 ? [direction] : objectives.map((one) => one.direction);
  if (directions.length !== wanted.length && directions.length > 0) {
    const count = (all: readonly unknown[]): string =>
      all.length === 1 ? "1 objective" : `${all.length} objectives`;
    throw new LabError(
      "usage",
      `${file}: the study has ${count(directions)}, the SPEC has ${count(wanted)}`,
      { hint: "export the values as CSV, a column for each metric of the SPEC, and enqueue that" },
    );
  }
  for (const [index, { direction: said }] of directions.entries()) {
    const own = said.toLowerCase();
    if (own === "not_set" || own === wanted[index]) continue;
    const of = directions.length === 1 ? "" : ` of objective ${index + 1}`;
    throw new LabError(
      "usage",
      `${file}: the study says ${own}${of}, the SPEC says ${wanted[index]}`,
      {
        hint: "its values would count the wrong way round; enqueue it in an experiment that says the same",
      },
    );
  }
}

/** null for a trial that is still running; a text says which metric a complete one lacks. */
function resultOf(
  state: string,
  values: readonly (number | null)[],
  { objectives = [], needed = [] }: OptunaContext,
): FileTrial["result"] | string {
  if (state === "COMPLETE") {
    const [value = null] = values;
    // Optuna keeps infinite values apart, and NULL here.
    if (value === null || values.includes(null)) return { outcome: "invalid-metric", value: null };
    if (needed.length === 0) return { outcome: "success", value };
    const measured = new Map(
      objectives.map(({ metric }, index) => [metric, values[index] ?? null]),
    );
    const missing = needed.find((name) => (measured.get(name) ?? null) === null);
    if (missing !== undefined) return `${missing} is missing`;
    const known = needed.map((name) => [name, measured.get(name) ?? 0] as const);
    return { outcome: "success", value, objectives: Object.fromEntries(known) };
  }
  if (state === "FAIL") return { outcome: "failed", value: null };
  if (state === "PRUNED") return { outcome: "pruned", value: null };
  return null;
}

function paramsByTrial(rows: v.InferOutput<typeof ParamRows>, space: Space): Map<number, Params> {
  const parameters = new Map(space.parameters.map((parameter) => [parameter.name, parameter]));
  const byTrial = new Map<number, Params>();
  for (const { trial_id, param_name, param_value, distribution_json } of rows) {
    let params = byTrial.get(trial_id);
    if (params === undefined) byTrial.set(trial_id, (params = {}));
    const value = valueOf(distribution_json, param_value);
    const parameter = parameters.get(param_name);
    params[param_name] = parameter === undefined ? value : snapToGrid(parameter, value);
  }
  return byTrial;
}

const Categorical = v.object({
  name: v.literal("CategoricalDistribution"),
  attributes: v.object({ choices: v.array(v.custom<JsonValue>(() => true)) }),
});

/** A category is stored as the number of its choice. */
function valueOf(distribution_json: string, value: number | null): JsonValue {
  const categorical = v.safeParse(Categorical, JSON.parse(distribution_json));
  if (!categorical.success || value === null) return value;
  return categorical.output.attributes.choices[value] ?? null;
}

function fixedParams(text: string): Params {
  const value: JsonValue = JSON.parse(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
