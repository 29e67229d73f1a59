import * as v from "valibot";
import { parseJson, viewEntries } from "./view-schema.ts";
import type { ExperimentView } from "./views.ts";

const statusJson = v.strictObject(viewEntries);

/** The keys of ExperimentView in the order of STATUS.json. */
const ORDER = v.keyof(statusJson).options;

/** STATUS.json: the whole view, two-space JSON, keys always in the same order. */
export function renderStatusJson(view: ExperimentView): string {
  const ordered = Object.fromEntries(ORDER.map((key) => [key, view[key]]));
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/** Reads a STATUS.json of ours; null when anything is missing, unknown or of the wrong type: rebuild it then. */
export function parseStatusJson(content: string): ExperimentView | null {
  const value = parseJson(content);
  return v.is(statusJson, value) ? value : null;
}
