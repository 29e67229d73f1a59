import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { JsonObject } from "../types.ts";
import type { Problem } from "./problems.ts";
import { offsetAt, offsetOf } from "./yaml-place.ts";
import type { Path } from "./yaml-place.ts";
import { jsonValues } from "./yaml-values.ts";

/** A YAML file read as one JSON object, with the places its values came from. */
export interface YamlReading {
  value: JsonObject;
  problems: Problem[];
  /** A problem with the value (or the key) at `path`, at the nearest place that is in the file. */
  problemAt(path: Path, message: string, part?: "key" | "value"): Problem;
}

const MAX_CHARACTERS = 1024 * 1024;

/** Reads `text` as one YAML 1.2 map. Never throws: whatever is wrong is in `problems`. */
export function readYaml(text: string): YamlReading {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const problem = (offset: number, field: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), col: Math.max(col, 1), field, message };
  };
  const complain = (offset: number, field: string, message: string): void => {
    problems.push(problem(offset, field, message));
  };
  const result = (value: JsonObject, root: unknown): YamlReading => ({
    value,
    problems,
    problemAt: (path, message, part = "value") =>
      problem(offsetAt(root, path, part), path.join("."), message),
  });

  if (text.length > MAX_CHARACTERS) {
    complain(0, "YAML", `expected at most 1 MiB, got ${text.length} characters`);
    return result({}, null);
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // The library compares every key with every other: 11 s for 40,000. jsonValues uses a table.
    uniqueKeys: false,
    schema: "core",
    logLevel: "error",
  });
  for (const issue of firstOfEachPlace([...document.errors, ...document.warnings])) {
    complain(issue.pos[0], "YAML", plainMessage(issue));
  }
  const version = document.directives?.yaml.version ?? "1.2";
  if (version !== "1.2") complain(0, "YAML", `expected YAML 1.2, got ${version}`);
  if (problems.length > 0) return result({}, null);

  const { contents } = document;
  if (isMap(contents)) return result(jsonValues(contents, complain), contents);
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  const got = isEmpty ? "an empty file" : isSeq(contents) ? "a list" : "a single value";
  complain(offsetOf(contents), "YAML", `expected fields such as 'id: my-experiment', got ${got}`);
  return result({}, null);
}

interface YamlIssue {
  code: string;
  message: string;
  pos: [number, number];
}

/** The parser complains often about one broken place; its first complaint is the useful one. */
function firstOfEachPlace(issues: readonly YamlIssue[]): YamlIssue[] {
  const exhausted = issues.find((issue) => issue.code === "RESOURCE_EXHAUSTION");
  if (exhausted !== undefined) return [exhausted];
  return [...new Map(issues.toReversed().map((issue) => [issue.pos[0], issue])).values()];
}

function plainMessage(issue: YamlIssue): string {
  switch (issue.code) {
    case "BLOCK_AS_IMPLICIT_KEY":
      return "expected quotes around a value that contains ': '";
    case "MULTIPLE_DOCS":
      return "expected one document, got a second one after '---'";
    case "RESOURCE_EXHAUSTION":
      return "expected less nesting: this is too deep to read";
    case "TAB_AS_INDENT":
      return "expected spaces, got a tab: YAML does not indent with tabs";
    case "TAG_RESOLVE_FAILED":
      return `expected a plain value: ${issue.message.toLowerCase()}`;
    default:
      return issue.message;
  }
}
