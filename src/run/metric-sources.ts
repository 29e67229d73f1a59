import type { JsonObject, JsonValue } from "../domain/types.ts";
import { isJsonObject } from "./merge-params.ts";
import type { BoundedText } from "./read-bounded.ts";

/** Where a metric may be: what the command printed, and the metrics.json files it may have written. */
export interface MetricInputs {
  metric: string;
  /** Looks for the metric by its own name only: not for `value`, nor for a bare number. */
  by_name?: true;
  /** null when the log is gone. */
  stdout: BoundedText | null;
  /** `content` is null when there is no such file. */
  files: readonly { label: string; content: string | null }[];
}

export type MetricSource = "stdout" | "metrics.json";

export type MetricReading =
  { value: number; source: MetricSource; metrics: JsonObject } | { problem: string };

/** One place that names the metric. `decimals` is set when the number was printed as text. */
interface Sighting {
  value: number;
  source: MetricSource;
  /** The place in words. */
  where: string;
  decimals: number | null;
  metrics: JsonObject;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const BARE_NUMBER = new RegExp(`^${NUMBER}$`);

/** What follows `name:` and was meant as its value, unlike the prose in `score: see below`. */
const MEANT_AS_VALUE = /^([+-]?(nan|inf|infinity)|true|false|none|null|["'[{].*|[+-]?\.?\d.*)$/i;
/** The line that `platform/output-cap.ts` leaves in a log. */
const CUT_MARKER = /^\[labctl: [\d,]+ bytes cut here\]$/;
const PYTHON_CONSTANT = /(?<=[[:,]\s*)(NaN|-?Infinity)(?=\s*[,\]}])/g;
const SAME_WITHIN = 1e-4;

/**
 * Finds the metric of a finished command: a JSON object on stdout (whole, or its last line) with
 * `value` or the metric's name, a bare number on the last line, `name=value` or `name: value` on a
 * line, or a metrics.json. Every source that is there must hold one finite number, and all must
 * agree; otherwise the problem says in one line what was seen and where.
 */
export function readMetric({ metric, by_name, stdout, files }: MetricInputs): MetricReading {
  const name = { metric, by_name: by_name === true };
  const found: (Sighting | { problem: string } | null)[] = [
    stdout === null ? null : fromStdout(stdout, name),
    ...files.map((file) => fromFile(file, name)),
  ];
  const sightings: Sighting[] = [];
  for (const sighting of found) {
    if (sighting === null) continue;
    if ("problem" in sighting) return sighting;
    sightings.push(sighting);
  }
  return agree(sightings) ?? { problem: nothingFound(name, stdout, files) };
}

/** Exact values come before printed ones, which may be rounded. */
function agree(sightings: readonly Sighting[]): MetricReading | null {
  const best = sightings.find((sighting) => sighting.decimals === null) ?? sightings[0];
  if (best === undefined) return null;
  const other = sightings.find((sighting) => !same(best, sighting));
  if (other !== undefined) {
    return {
      problem: `two sources disagree: ${best.where} says ${best.value}, ${other.where} says ${other.value}`,
    };
  }
  const metrics: JsonObject = Object.assign({}, ...sightings.map((sighting) => sighting.metrics));
  return { value: best.value, source: best.source, metrics };
}

function same(exact: Sighting, other: Sighting): boolean {
  if (exact.value === other.value) return true;
  if (other.decimals === null) return false;
  // Half a unit of the last printed digit, and what the two roundings can differ by.
  const rounding = 0.5 * 10 ** -other.decimals * (1 + 1e-9);
  const difference = Math.abs(exact.value - other.value);
  return difference <= rounding || difference <= SAME_WITHIN * Math.abs(exact.value);
}

/** What is looked for. */
interface Name {
  metric: string;
  by_name: boolean;
}

function fromStdout(stdout: BoundedText, name: Name): Sighting | { problem: string } | null {
  const whole = stdout.tail === "" ? parseJson(stdout.head) : undefined;
  if (isJsonObject(whole)) return fromObject(whole, name, "stdout", "stdout");
  const lines = wholeLines(stdout);
  const last = lines.findLast((line) => line !== "") ?? "";
  const lastJson = last.startsWith("{") ? parseJson(last) : undefined;
  if (isJsonObject(lastJson)) {
    const sighting = fromObject(lastJson, name, "stdout", "the last line of stdout");
    if (sighting !== null) return sighting;
  }
  if (BARE_NUMBER.test(last) && !name.by_name) return printed(last, "the last line of stdout");
  return fromNamedLine(lines, name.metric);
}

/** Lines without colours, and without those that are broken because output was cut between them. */
function wholeLines({ head, tail }: BoundedText): string[] {
  const split = (text: string): string[] => Bun.stripANSI(text).split(/\r\n|\r|\n/);
  const lines = tail === "" ? split(head) : [...split(head).slice(0, -1), ...split(tail).slice(1)];
  const cut = lines.findIndex((line) => CUT_MARKER.test(line));
  if (cut >= 0) lines.splice(Math.max(0, cut - 1), 3);
  return lines.map((line) => line.trim());
}

/** The last `name=value` or `name: value`; other names on the same line do not matter. */
function fromNamedLine(
  lines: readonly string[],
  metric: string,
): Sighting | { problem: string } | null {
  if (metric === "") return null;
  const name = metric.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(`(?<![\\w.-])["']?${name}["']?\\s*[=:]\\s*([^\\s,;|)\\]}]+)`, "g");
  for (const line of lines.toReversed()) {
    const text = [...line.matchAll(pattern)].at(-1)?.[1]?.replace(/\.$/, "") ?? "";
    if (BARE_NUMBER.test(text)) return printed(text, `${metric} on stdout`);
    if (!MEANT_AS_VALUE.test(text)) continue;
    return { problem: `${metric} on stdout: expected a finite number, got ${shorten(text)}` };
  }
  return null;
}

function printed(text: string, where: string): Sighting | { problem: string } {
  const value = Number(text);
  if (!Number.isFinite(value)) {
    return { problem: `${where}: expected a finite number, got ${shorten(text)}` };
  }
  return { value, source: "stdout", where, decimals: decimalsOf(text), metrics: {} };
}

/** Places after the point that the text shows: 2 for `1.25`, 5 for `1.25e-3`, -3 for `1e3`. */
function decimalsOf(text: string): number {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  return (mantissa.split(".")[1] ?? "").length - Number(exponent);
}

function fromFile(
  file: { label: string; content: string | null },
  name: Name,
): Sighting | { problem: string } | null {
  if (file.content === null || file.content.trim() === "") return null;
  const parsed = parseJson(file.content);
  if (parsed === undefined) {
    return { problem: `${file.label} is not JSON: ${shorten(file.content)}` };
  }
  if (!isJsonObject(parsed)) {
    return { problem: `${file.label}: expected a JSON object, got ${describe(parsed)}` };
  }
  return fromObject(parsed, name, "metrics.json", file.label);
}

/** null when the object has neither `value` nor the metric's name. */
function fromObject(
  object: JsonObject,
  { metric, by_name }: Name,
  source: MetricSource,
  where: string,
): Sighting | { problem: string } | null {
  const keys = [...(by_name ? [] : ["value"]), metric].filter((key) => Object.hasOwn(object, key));
  if (keys.length === 0) return null;
  const values: number[] = [];
  for (const key of keys) {
    const value = object[key];
    if (typeof value !== "number" || !Number.isFinite(value)) {
      return {
        problem: `${key} in ${where}: expected a finite number, got ${describe(value ?? null)}`,
      };
    }
    values.push(value);
  }
  const [value = 0, second = value] = values;
  if (value !== second) {
    return {
      problem: `two sources disagree: value in ${where} says ${value}, ${metric} says ${second}`,
    };
  }
  return { value, source, where, decimals: null, metrics: otherNumbers(object, keys) };
}

function otherNumbers(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([key, value]) => !keys.includes(key) && typeof value === "number" && Number.isFinite(value),
    ),
  );
}

/** undefined when the text is no JSON. NaN and Infinity, which Python's json writes, are kept as a marker. */
function parseJson(text: string): JsonValue | undefined {
  return (
    parseStrictJson(text) ??
    parseStrictJson(text.replaceAll(PYTHON_CONSTANT, String.raw`"\u0000$1"`))
  );
}

function parseStrictJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever a command prints is no mistake of ours: the caller looks for other forms.
    return undefined;
  }
}

function describe(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && value.startsWith("\0")) return value.slice(1);
  if (Array.isArray(value)) return `a list ${shorten(JSON.stringify(value))}`;
  if (typeof value === "object") return `an object ${shorten(JSON.stringify(value))}`;
  return `the ${typeof value} ${shorten(JSON.stringify(value))}`;
}

function nothingFound(
  { metric, by_name }: Name,
  stdout: BoundedText | null,
  files: MetricInputs["files"],
): string {
  const last = `${stdout?.head ?? ""}\n${stdout?.tail ?? ""}`.trimEnd().split("\n").at(-1) ?? "";
  const seen = last.trim() === "" ? "stdout is empty" : `stdout ends with ${shorten(last.trim())}`;
  const looked = files.map(
    ({ label, content }) => `${label} ${content === null ? "is not there" : "does not name it"}`,
  );
  if (by_name) {
    return `no ${metric} found: ${[seen, ...looked].join(", ")}; print one JSON object with every objective and constrained metric, ${metric} among them, or ${metric}=NUMBER on a line`;
  }
  return `no ${metric} found: ${[seen, ...looked].join(", ")}; print ${metric}=NUMBER, or end stdout with a number or {"value": NUMBER}, or write metrics.json with value or ${metric}`;
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
