import type { Constraint, Space } from "../space.ts";
import { parseConstraint } from "./constraint/parse-constraint.ts";
import { ConstraintError } from "./constraint/tokens.ts";
import { drawFeasible } from "./feasible.ts";
import type { Uniform } from "./feasible.ts";
import { quoted } from "./quoted.ts";
import type { ReportAt } from "./read-fields.ts";

const MAX_CONSTRAINTS = 100;

/**
 * Reads `constraints: ["batch * accum <= 4096"]`; [] when there are none or any was bad. Each, and
 * all together, must hold somewhere: that is found out by trying.
 */
export function readConstraints(raw: unknown, space: Space, report: ReportAt): Constraint[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw) || raw.length > MAX_CONSTRAINTS) {
    const got = Array.isArray(raw) ? `${raw.length} of them` : quoted(raw);
    report(
      ["constraints"],
      `constraints must be a list of at most ${MAX_CONSTRAINTS} texts such as ["a + b <= 1"]: got ${got}`,
    );
    return [];
  }
  const parameters = new Map(space.parameters.map((parameter) => [parameter.name, parameter]));
  const constraints: Constraint[] = [];
  let isGood = true;
  for (const [index, text] of raw.entries()) {
    const problem = read(text);
    if (problem === null) continue;
    isGood = false;
    report(["constraints", String(index)], `constraints: ${problem}`);
  }

  function read(text: unknown): string | null {
    if (typeof text !== "string")
      return `expected a text such as "a + b <= 1", got ${quoted(text)}`;
    try {
      const constraint = parseConstraint(text, parameters);
      if (isSatisfiable(space, [constraint])) constraints.push(constraint);
      else return `no point of the space satisfies ${quoted(text)}`;
      return null;
    } catch (error) {
      if (!(error instanceof ConstraintError)) throw error;
      return `${quoted(text)}, column ${error.column}: ${error.message}`;
    }
  }

  if (isGood && constraints.length > 1 && !isSatisfiable(space, constraints)) {
    const all = constraints.map(({ text }) => quoted(text)).join(" and ");
    report(["constraints"], `constraints: no point of the space satisfies ${all} together`);
  }
  return isGood ? constraints : [];
}

function isSatisfiable(space: Space, constraints: Constraint[]): boolean {
  const byName = new Map(space.parameters.map((parameter) => [parameter.name, parameter]));
  // The others cannot matter, and there may be many. The set grows while it is gone through.
  const names = new Set(constraints.flatMap((constraint) => constraint.names));
  for (const name of names) {
    for (const { parent } of byName.get(name)?.when ?? []) names.add(parent);
  }
  const parameters = space.parameters.filter(({ name }) => names.has(name));
  return drawFeasible({ parameters, constraints }, sequence(1)) !== null;
}

/** Mulberry32 (Tommy Ettinger): the same numbers whenever a space is read. */
function sequence(seed: number): Uniform {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return { uniform };
}
