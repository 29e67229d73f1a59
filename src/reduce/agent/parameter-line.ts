import type { Parameter } from "../../domain/space.ts";
import { jsonLine } from "../markdown.ts";

/** What a parameter may be, in one line: `float from 0.001 to 0.1, log`. */
export function parameterLine(parameter: Parameter): string {
  const conditions = (parameter.when ?? []).map(
    ({ parent, values }) => `only when ${parent} is ${values.map(jsonLine).join(" or ")}`,
  );
  return [valuesOf(parameter), ...conditions].join(", ");
}

function valuesOf(parameter: Parameter): string {
  switch (parameter.type) {
    case "float":
    case "int": {
      const { type, low, high, log, step, prior } = parameter;
      const notes = [
        `${type} from ${low} to ${high}`,
        ...(log ? ["log"] : []),
        ...(step === null ? [] : [`step ${step}`]),
        ...(prior === undefined ? [] : [`prior ${prior.kind}`]),
      ];
      return notes.join(", ");
    }
    case "categorical":
      return `one of ${parameter.choices.map(jsonLine).join(" ")}`;
    case "ordinal":
      return `ordered: ${parameter.values.map(jsonLine).join(" ")}`;
    case "bool":
      return "true or false";
    case "fixed":
      return `always ${jsonLine(parameter.value)}`;
    default:
      return parameter satisfies never;
  }
}
