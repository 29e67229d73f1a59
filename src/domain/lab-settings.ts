import * as v from "valibot";
import { didYouMean } from "./nearest-name.ts";
import { lazily } from "./lazily.ts";
import { engineOptions, type EngineOptions } from "./spec/engine-kinds.ts";
import { specError } from "./spec/problems.ts";
import { readYaml } from "./spec/yaml.ts";

/** `lab.yaml` of a data root: what is the same for all its experiments. */
export interface LabSettings {
  /** By engine; `engine_options` of a SPEC are stronger. */
  engines: EngineOptions;
}

const FIELDS = ["engines"];

const Settings = lazily(() =>
  v.strictObject({ engines: v.exactOptional(engineOptions, {}) }, ({ path }) => {
    const name = String(path?.at(-1)?.key);
    return `unknown field; expected ${FIELDS.join(", ")}${didYouMean(name, FIELDS)}`;
  }),
);

const HINT = "Correct the file at the places named; docs/engines.md lists what it may hold.";

/**
 * Reads the text of a lab.yaml; `file` is how messages call it. Throws LabError("usage") whose
 * details are all problems at once, each as `file:line:col field: what was seen, what is allowed`.
 */
export function parseLabSettings(text: string, file: string): LabSettings {
  if (text.replaceAll(/^\s*(#.*)?$/gm, "") === "") return { engines: {} };
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw specError(file, yaml.problems, HINT);
  const parsed = v.safeParse(Settings(), yaml.value, { abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map(({ path, message, expected }) => {
    const place = (path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
    return yaml.problemAt(place, message, expected === "never" ? "key" : "value");
  });
  throw specError(file, problems, HINT);
}
