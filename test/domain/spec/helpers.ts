import { expect } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import type { Calendar } from "../../../src/ports.ts";

export const calendar: Calendar = {
  nextCron(expression, after) {
    const next = Bun.cron.parse(expression, after, { tz: "UTC" });
    if (next === null) throw new Error("it never comes due");
    return next;
  },
};

/** The Spec of a text without problems. */
export function specOf(text: string): Spec {
  return parseSpec(text, "spec.yaml", calendar).spec;
}

/** The error of a text with problems. */
export function errorOf(text: string): LabError {
  try {
    parseSpec(text, "spec.yaml", calendar);
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    if (error instanceof LabError) return error;
  }
  throw new Error(`Accepted, but should not be: ${text}`);
}

/** Every problem of a text. */
export function problemsOf(text: string): string[] {
  return errorOf(text).details;
}
