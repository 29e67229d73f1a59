import { LabError } from "../../domain/errors.ts";
import type { JsonObject, JsonValue } from "../../domain/types.ts";
import { parseCsv } from "./csv.ts";
import type { TrialFile } from "./file-trial.ts";
import { readRecord, type RecordContext } from "./read-record.ts";

export type TextContext = Omit<RecordContext, "isText">;

/** One object of a file, or what is wrong where one should be. */
interface Entry {
  place: string;
  record: JsonObject | string;
}

/**
 * Reads trials from JSON (one object or a list), JSON lines or CSV with a header: told apart by the
 * content, whatever the name. Throws `usage` for text that is none of them.
 */
export function readTextFile(text: string, file: string, context: TextContext): TrialFile {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  const isText = !/^[[{]/.test(trimmed);
  const entries = isText ? csvEntries(text, file) : jsonEntries(trimmed, file);
  const result: TrialFile = { trials: [], bad: [], ignored: [] };
  const ignored = new Set<string>();
  for (const { place, record } of entries) {
    if (typeof record === "string") {
      result.bad.push({ place, problem: record });
      continue;
    }
    const read = readRecord(record, place, { ...context, isText });
    if (read.kind === "bad") {
      result.bad.push({ place, problem: read.problem });
    } else {
      result.trials.push(read.trial);
      for (const name of read.ignored) ignored.add(name);
    }
  }
  return { ...result, ignored: [...ignored] };
}

function jsonEntries(text: string, file: string): Entry[] {
  const whole = parse(text);
  if (whole !== undefined) {
    const list = Array.isArray(whole) ? whole : [whole];
    return list.map((value, index) => entry(`item ${index + 1}`, value));
  }
  const lines = text.split("\n");
  // A broken JSON file is one mistake, not a mistake a line.
  if (text.startsWith("[") || parse(lines[0] ?? "") === undefined) {
    throw new LabError("usage", `${file}: ${parseProblem(text)}`, {
      hint: "give a JSON object, a list of them, or one object a line",
    });
  }
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const value = parse(line);
    const place = `line ${index + 1}`;
    return [value === undefined ? { place, record: parseProblem(line) } : entry(place, value)];
  });
}

function entry(place: string, value: JsonValue): Entry {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return { place, record: isRecord ? value : "expected an object of params" };
}

/** undefined for what is not JSON. */
function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseProblem(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function csvEntries(text: string, file: string): Entry[] {
  const [head, ...rows] = parseCsv(text);
  if (head === undefined || rows.length === 0) {
    throw new LabError("usage", `${file}: expected a CSV header and rows below it`, {
      hint: "name the parameters in the first line, and the metric for trials that were run",
    });
  }
  const names = head.cells.map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new LabError("usage", `${file}:1 column ${JSON.stringify(twice)} is there twice`, {
      hint: "give each column its own name",
    });
  }
  return rows.map(({ line, cells }) => {
    const place = `line ${line}`;
    if (cells.length !== names.length) {
      return { place, record: `expected ${names.length} columns, got ${cells.length}` };
    }
    return { place, record: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""])) };
  });
}
