import { LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { LabError } from "../errors.ts";
import type { Parameter, Space } from "../space.ts";
import { checkConditions } from "./check-conditions.ts";
import { parseParameter } from "./parse-parameter.ts";
import { duplicateKeys, offsetOf } from "./places.ts";
import { quoted } from "./quoted.ts";
import type { ReportAt } from "./read-fields.ts";
import { readConstraints } from "./read-constraints.ts";

const MAX_PARAMETERS = 1000;

/** Top-level keys that are no parameters: `$schema` is for editors. */
const SECTIONS = ["$schema", "constraints"];

/** Where something stands, e.g. `search_space.json:3:9`: a parameter, or one key of it. */
export type Locate = (path: readonly string[]) => string;

/**
 * Reads the text of a search space, JSON or YAML: an object with one entry a parameter. Throws
 * LabError("usage") whose details are all problems, each as `file:line:col name: problem`.
 */
export function parseSpace(text: string, file: string): Space {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  // The parser complains often about one broken place; its first complaint is the useful one.
  const broken = new Map(document.errors.toReversed().map((error) => [error.pos[0], error]));
  if (broken.size > 0) {
    const messages = [...broken.values()].toReversed().map((error) => {
      const [problem = ""] = error.message.split(/ at line \d+|\n/);
      return `${at(error.pos[0])} ${problem}`;
    });
    throw invalid(file, messages);
  }
  const duplicates = duplicateKeys(document.contents, at, "");
  if (duplicates.length > 0) throw invalid(file, duplicates);
  return spaceFromValue(readValue(document, file), file, (path) => at(offsetOf(document, path)));
}

/**
 * Reads a search space that is already a value, such as `search_space:` of a SPEC. `source` names
 * it in messages and `locate` says where its parts stand; without it, problems carry `source`.
 */
export function spaceFromValue(value: unknown, source: string, locate?: Locate): Space {
  const where = locate ?? ((): string => source);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? "a list" : value === null ? "nothing" : quoted(value);
    throw invalid(source, [`${where([])} expected an object of parameters, got ${got}`]);
  }
  const sections: Record<string, unknown> = { ...value };
  const entries = Object.entries(sections).filter(([name]) => !SECTIONS.includes(name));
  const problems: string[] = [];
  const report: ReportAt = (path, problem) => {
    problems.push(`${where(path)} ${problem}`);
  };
  if (entries.length === 0) report([], "the search space is empty");
  if (entries.length > MAX_PARAMETERS) {
    report([], `expected at most ${MAX_PARAMETERS} parameters, got ${entries.length}`);
    throw invalid(source, problems);
  }
  const parameters = entries.flatMap(([name, raw]) => readParameter(name, raw, report));
  checkConditions(
    parameters,
    entries.map(([name]) => name),
    report,
  );
  // A constraint is only as good as what it speaks of.
  if (problems.length > 0) throw invalid(source, problems);
  const space: Space = { parameters };
  const constraints = readConstraints(sections.constraints, space, report);
  if (problems.length > 0) throw invalid(source, problems);
  return constraints.length === 0 ? space : { parameters, constraints };
}

function readParameter(name: string, raw: unknown, report: ReportAt): Parameter[] {
  const nameProblem = parameterNameProblem(name);
  if (nameProblem !== null) {
    report([name], nameProblem);
    return [];
  }
  const parameter = parseParameter(name, raw, (key, problem) => {
    report(key === null ? [name] : [name, key], `${name}: ${problem}`);
  });
  return parameter === null ? [] : [parameter];
}

function parameterNameProblem(name: string): string | null {
  if (name === "" || name.length > 100 || name === "__proto__" || /[\p{Cc}{}]/u.test(name)) {
    return `expected a name of 1 to 100 characters without braces or control characters, got ${quoted(name)}`;
  }
  return null;
}

function invalid(source: string, details: string[]): LabError {
  const count = details.length === 1 ? "1 problem" : `${details.length} problems`;
  return new LabError("usage", `${source}: the search space has ${count}`, {
    details,
    hint: 'Write one entry a parameter, such as {"lr": {"low": 1e-5, "high": 0.1, "log": true}}.',
  });
}

function readValue(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that refer to nothing, or that unfold without end.
    throw invalid(file, [`${file}:1:1 ${error instanceof Error ? error.message : String(error)}`]);
  }
}
