import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import { MAX_OBJECTIVES, type Aims, type Objective } from "../../domain/objectives.ts";
import { objectives, outputConstraints } from "../../domain/spec/objective-kinds.ts";
import { DIRECTIONS, type Direction, type JsonObject, type JsonValue } from "../../domain/types.ts";

/**
 * What the search of an `open` is after: one `direction`, or several `objectives` by name, or as
 * many `directions` of nameless values; and `constraints` on what is told. Throws `usage` that names
 * the field.
 */
export function readAims(message: JsonObject): Aims {
  const several = readObjectives(message);
  const [first] = several;
  return {
    metric: first?.metric ?? "",
    metric_direction: first?.direction ?? readDirection("direction", message["direction"]),
    objectives: several,
    output_constraints: parsed("constraints", outputConstraints, message["constraints"] ?? []),
  };
}

/** The name of nameless value number `index`. */
export function placeName(index: number): string {
  return `values[${index}]`;
}

function readObjectives(message: JsonObject): Objective[] {
  const given = ["direction", "directions", "objectives"].filter((name) => name in message);
  if (given.length > 1) {
    throw new LabError("usage", `open: ${given.join(" and ")} say the same thing twice`, {
      hint: "send direction for one objective, directions or objectives for several",
    });
  }
  const { directions } = message;
  if (directions === undefined) {
    return parsed("objectives", objectives, message["objectives"] ?? []);
  }
  if (!Array.isArray(directions) || directions.length < 2 || directions.length > MAX_OBJECTIVES) {
    const allowed = `expected a list of 2 to ${MAX_OBJECTIVES} of ${DIRECTIONS.join(", ")}`;
    throw new LabError("usage", `directions: ${allowed}, got ${shown(directions)}`, {
      hint: `send "directions":["minimize","maximize"], for example`,
    });
  }
  return directions.map((direction, index) => ({
    metric: placeName(index),
    direction: readDirection(`directions[${index}]`, direction),
  }));
}

function readDirection(name: string, value: JsonValue = "minimize"): Direction {
  const known = DIRECTIONS.find((direction) => direction === value);
  if (known !== undefined) return known;
  throw new LabError("usage", `${name}: expected ${DIRECTIONS.join(" or ")}, got ${shown(value)}`, {
    hint: `correct ${name} and send the line again`,
  });
}

/** The value as that kind of SPEC field; its first problem is thrown with its place. */
function parsed<Output>(
  name: string,
  kind: v.GenericSchema<unknown, Output>,
  value: JsonValue,
): Output {
  const result = v.safeParse(kind, value, { abortPipeEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? `[${key}]` : `.${String(key)}`,
  );
  throw new LabError("usage", `${name}${place.join("")}: ${issue.message}`, {
    hint: `correct ${name} and send the line again`,
  });
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
