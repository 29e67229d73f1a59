import type { Parameter } from "../space.ts";

/** The values of a parameter in words: `a number from 0 to 1`. */
export function allowedValues(parameter: Parameter): string {
  switch (parameter.type) {
    case "float":
    case "int": {
      const step = parameter.step === null ? "" : ` in steps of ${parameter.step}`;
      const kind = parameter.type === "int" ? "a whole number" : "a number";
      return `${kind} from ${parameter.low} to ${parameter.high}${step}`;
    }
    case "categorical":
      return `one of ${JSON.stringify(parameter.choices)}`;
    case "ordinal":
      return `one of ${JSON.stringify(parameter.values)}`;
    case "bool":
      return "true or false";
    case "fixed":
      return JSON.stringify(parameter.value);
    default:
      return parameter satisfies never;
  }
}
