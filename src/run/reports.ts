import { closeSync, fstatSync, readSync } from "node:fs";
import { openRegular } from "./read-bounded.ts";

/** An intermediate value as the executor said it, in the direction of the SPEC. */
export interface IntermediateValue {
  step: number;
  value: number;
}

/** More of a stream than this per look, or in all, is not read: reports are meant to be few. */
const MAX_CHUNK_BYTES = 1 << 18;
const MAX_REPORTS = 10_000;

/**
 * Reads intermediate values while a run writes them: JSON lines `{"step": 3, "value": 0.71}` in
 * LAB_REPORT_FILE, and stdout lines `LAB_REPORT step=3 value=0.71`. Anything else in them, and
 * values that are not finite numbers, are passed over: a report is a hint, never the result.
 */
export interface ReportReader {
  /** What was reported since the last call; steps already seen are passed over. */
  read(): IntermediateValue[];
}

export function openReports(report_file: string, stdout_path: string): ReportReader {
  const sources = [
    { tail: tailOf(report_file), parse: jsonReport },
    { tail: tailOf(stdout_path), parse: printedReport },
  ];
  const seen = new Set<number>();
  return {
    read() {
      const fresh: IntermediateValue[] = [];
      for (const { tail, parse } of sources) {
        for (const line of tail()) {
          const report = parse(line);
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

function jsonReport(line: string): IntermediateValue | null {
  if (!line.startsWith("{")) return null;
  try {
    const report: unknown = JSON.parse(line);
    if (typeof report !== "object" || report === null) return null;
    if (!("step" in report) || !("value" in report)) return null;
    return valid(report.step, report.value);
  } catch {
    return null;
  }
}

const PRINTED = /^LAB_REPORT\s+step=(\S+)\s+value=(\S+)\s*$/;

function printedReport(line: string): IntermediateValue | null {
  const match = PRINTED.exec(line);
  return match === null ? null : valid(Number(match[1]), Number(match[2]));
}

function valid(step: unknown, value: unknown): IntermediateValue | null {
  if (typeof step !== "number" || typeof value !== "number") return null;
  return Number.isFinite(step) && step > 0 && Number.isFinite(value) ? { step, value } : null;
}
