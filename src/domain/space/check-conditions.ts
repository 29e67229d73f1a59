import { nearestName } from "../nearest-name.ts";
import type { Condition, Parameter } from "../space.ts";
import { allowedValues } from "./allowed-values.ts";
import { axisOf } from "./axis.ts";
import { quoted } from "./quoted.ts";
import type { ReportAt } from "./read-fields.ts";

/**
 * Reports conditions on parameters that do not exist, on values that these cannot have, and
 * conditions that go round in a circle. `names` are those of the file: a parameter that is not
 * among `parameters` has problems of its own.
 */
export function checkConditions(
  parameters: readonly Parameter[],
  names: readonly string[],
  report: ReportAt,
): void {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  for (const { name, when = [] } of parameters) {
    for (const condition of when) {
      const problem = conditionProblem(name, condition, known, names);
      if (problem !== null) {
        report([name, "when", condition.parent], `${name}: when ${condition.parent}: ${problem}`);
      }
    }
  }
  for (const circle of circlesOf(known)) {
    const [first = ""] = circle;
    const path = [...circle, first].join(" -> ");
    report([first, "when"], `${first}: when: conditions go round in a circle: ${path}`);
  }
}

function conditionProblem(
  child: string,
  { parent: name, values }: Condition,
  known: ReadonlyMap<string, Parameter>,
  names: readonly string[],
): string | null {
  const parent = known.get(name);
  if (parent === undefined) {
    if (names.includes(name)) return null;
    const near = nearestName(
      name,
      names.filter((other) => other !== child),
    );
    return `no such parameter${near === null ? "" : ` (did you mean ${near}?)`}`;
  }
  const axis = axisOf(parent);
  if (axis.kind === "continuous") {
    return `${name} is a float without steps, which seldom meets a value: give it a step, or type int`;
  }
  const never = values.filter((value) => !axis.has(value));
  if (never.length === 0) return null;
  return `${name} is never ${never.map(quoted).join(" or ")}: expected ${allowedValues(parent)}`;
}

/** Every circle of conditions once, each as the names along it. */
function circlesOf(known: ReadonlyMap<string, Parameter>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start >= 0) circles.push(path.slice(start));
    if (start >= 0 || done.has(name)) return;
    for (const { parent } of known.get(name)?.when ?? []) visit(parent, [...path, name]);
    done.add(name);
  };
  for (const name of known.keys()) visit(name, []);
  return circles;
}
