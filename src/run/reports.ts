import { closeSync, fstatSync, readSync } from "node:fs";
import type { Measurements, Objective } from "../domain/objectives.ts";
import { openRegular } from "./read-bounded.ts";

/** An intermediate value as the executor said it, in the direction of the SPEC. */
export interface IntermediateValue {
  step: number;
  value: number;
  /** Every objective of the SPEC, when it has several and all were reported. */
  objectives?: Measurements;
}

/** More of a stream than this per look, or in all, is not read: reports are meant to be few. */
const MAX_CHUNK_BYTES = 1 << 18;
const MAX_REPORTS = 10_000;

/**
 * Reads intermediate values while a run writes them: JSON lines `{"step": 3, "value": 0.71}` in
 * LAB_REPORT_FILE, and stdout lines `LAB_REPORT step=3 value=0.71`. With several objectives the JSON
 * may have `values` by name, and the line each as `name=0.71`; the primary one may be called `value`.
 * Anything else in them, and values that are not finite numbers, are passed over: a report is a hint,
 * never the result.
 */
export interface ReportReader {
  /** What was reported since the last call; steps already seen are passed over. */
  read(): IntermediateValue[];
}

export function openReports(
  report_file: string,
  stdout_path: string,
  objectives: readonly Objective[] = [],
): ReportReader {
  const names = objectives.map(({ metric }) => metric);
  const sources = [
    { tail: tailOf(report_file), parse: jsonReport },
    { tail: tailOf(stdout_path), parse: names.length === 0 ? printedValue : printedReport },
  ];
  const seen = new Set<number>();
  return {
    read() {
      const fresh: IntermediateValue[] = [];
      for (const { tail, parse } of sources) {
        for (const line of tail()) {
          const report = reportOf(parse(line), names);
          if (report === null || seen.has(report.step) || seen.size >= MAX_REPORTS) continue;
          seen.add(report.step);
          fresh.push(report);
        }
      }
      return fresh.sort((a, b) => a.step - b.step);
    },
  };
}

/** Complete lines that were added to a file since the last call; [] while there is no such file. */
function tailOf(path: string): () => string[] {
  let position = 0;
  let rest = "";
  return () => {
    const fd = openRegular(path);
    if (fd === null) return [];
    try {
      const stat = fstatSync(fd);
      // Output that was cut while it grew starts anew.
      if (stat.size < position) position = 0;
      const buffer = Buffer.allocUnsafe(Math.min(MAX_CHUNK_BYTES, stat.size - position));
      const count = readSync(fd, buffer, 0, buffer.length, position);
      position += count;
      const lines = (rest + buffer.toString("utf8", 0, count)).split("\n");
      rest = (lines.pop() ?? "").slice(-MAX_CHUNK_BYTES);
      return lines;
    } finally {
      closeSync(fd);
    }
  };
}

/** What a report says, by name: its step, and numbers. */
type Said = Record<string, unknown>;

function jsonReport(line: string): Said | null {
  if (!line.startsWith("{")) return null;
  try {
    const report: unknown = JSON.parse(line);
    if (!isRecord(report)) return null;
    const { step, values } = report;
    return isRecord(values) ? { ...values, value: report["value"], step } : report;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Said {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The line of a single metric, exactly. */
function printedValue(line: string): Said | null {
  return /^LAB_REPORT\s+step=\S+\s+value=\S+\s*$/.test(line) ? printedReport(line) : null;
}

const PRINTED = /^LAB_REPORT((?:\s+[^\s=]+=\S+)+)\s*$/;

function printedReport(line: string): Said | null {
  const pairs = PRINTED.exec(line)?.[1]?.trim().split(/\s+/);
  if (pairs === undefined) return null;
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = "", number = ""] = pair.split("=", 2);
      return [name, Number(number)];
    }),
  );
}

/** The report for these objectives (none: one metric, called `value`); null when it is none. */
function reportOf(said: Said | null, names: readonly string[]): IntermediateValue | null {
  if (said === null) return null;
  const numberAt = (name: string): number | null => {
    const number = Object.hasOwn(said, name) ? said[name] : undefined;
    return typeof number === "number" && Number.isFinite(number) ? number : null;
  };
  const [primary] = names;
  const step = numberAt("step");
  const value = numberAt("value") ?? (primary === undefined ? null : numberAt(primary));
  if (step === null || step <= 0 || value === null) return null;
  const objectives: Measurements = {};
  for (const name of names) {
    const number = name === primary ? value : numberAt(name);
    if (number === null) return { step, value };
    objectives[name] = number;
  }
  return { step, value, ...(names.length === 0 ? {} : { objectives }) };
}
