import { LineCounter, isAlias, isMap, isNode, isScalar, parseDocument } from "yaml";
import type { Document, Pair } from "yaml";
import { LabError } from "../errors.ts";
import type { Parameter, Space } from "../space.ts";
import { parseParameter } from "./parse-parameter.ts";
import { quoted } from "./quoted.ts";

const MAX_PARAMETERS = 1000;

/** Top-level keys of later versions; refused by name, because ignoring them would lie. */
const LATER_SECTIONS = ["priors", "when", "constraints"];

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
  const entries = Object.entries(value);
  const problems: string[] = [];
  if (entries.length === 0) problems.push(`${where([])} the search space is empty`);
  if (entries.length > MAX_PARAMETERS) {
    throw invalid(source, [
      `${where([])} expected at most ${MAX_PARAMETERS} parameters, got ${entries.length}`,
    ]);
  }
  const parameters: Parameter[] = [];
  for (const [name, raw] of entries) {
    const nameProblem = parameterNameProblem(name);
    if (nameProblem !== null) {
      problems.push(`${where([name])} ${nameProblem}`);
      continue;
    }
    const parameter = parseParameter(name, raw, (key, problem) => {
      problems.push(`${where(key === null ? [name] : [name, key])} ${name}: ${problem}`);
    });
    if (parameter !== null) parameters.push(parameter);
  }
  if (problems.length > 0) throw invalid(source, problems);
  return { parameters };
}

function parameterNameProblem(name: string): string | null {
  if (LATER_SECTIONS.includes(name)) {
    return `${name}: is reserved and not supported in this version: remove it`;
  }
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

/** Keys written twice in one object, with both places: JSON would silently keep the last. */
function duplicateKeys(node: unknown, at: (offset: number) => string, name: string): string[] {
  if (!isMap(node)) return [];
  const first = new Map<string, number>();
  const problems: string[] = [];
  for (const pair of node.items) {
    const key = keyOf(pair);
    const offset = offsetOfNode(pair.key);
    const earlier = first.get(key);
    const label = name === "" ? `${key}:` : `${name}: ${key}`;
    if (earlier === undefined) first.set(key, offset);
    else problems.push(`${at(offset)} ${label} is given twice, first at ${at(earlier)}`);
    problems.push(...duplicateKeys(pair.value, at, name === "" ? key : name));
  }
  return problems;
}

/** Offset of the value at a path, or of its nearest parent that is in the text. */
function offsetOf(document: Document.Parsed, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isMap(node)) break;
    const pair = node.items.find((item) => keyOf(item) === key);
    if (pair === undefined) break;
    const isLast = depth === path.length - 1;
    // A parameter is pointed at by its name, a key of it by its value.
    offset = offsetOfNode(isLast && depth > 0 ? pair.value : pair.key);
    node = pair.value;
  }
  return offset;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function offsetOfNode(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
