import { describe, expect, test } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";
import { systemCalendar } from "../../../src/platform/calendar.ts";

const OBJECTIVES = `objectives:
  - {metric: accuracy, direction: maximize}
  - {metric: latency_ms, direction: minimize}
`;

function parsed(text: string) {
  return parseSpec(`id: tune\n${text}`, "spec.yaml", systemCalendar);
}

function problems(text: string): string[] {
  try {
    parsed(text);
  } catch (error) {
    if (error instanceof LabError) return error.details;
    throw error;
  }
  return [];
}

describe("objectives", () => {
  test("define the primary metric where the file leaves it out", () => {
    const { spec, warnings } = parsed(OBJECTIVES.replace("maximize", "minimize"));
    expect(spec).toMatchObject({ metric: "accuracy", metric_direction: "minimize" });
    expect(spec.objectives).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test("agree with the metric where it is given", () => {
    expect(problems(`metric: accuracy\nmetric_direction: maximize\n${OBJECTIVES}`)).toEqual([]);
    expect(problems(`metric: loss\nmetric_direction: minimize\n${OBJECTIVES}`)).toEqual([
      "spec.yaml:2:9 metric: expected the first of the objectives, accuracy, or nothing, got loss",
      "spec.yaml:3:19 metric_direction: expected maximize, as the first of the objectives says, or nothing, got minimize",
    ]);
  });

  test.each([
    ["objectives: accuracy", "2:13 objectives: expected a list such as"],
    [
      "objectives: [{metric: a, direction: maximize}]",
      "2:13 objectives: expected two objectives or more; for a single one use metric",
    ],
    [
      "objectives: [{metric: a, direction: maximize}, {metric: a, direction: minimize}]",
      "2:13 objectives: expected different metrics, got a twice",
    ],
    [
      "objectives: [{metric: a, direction: up}, {metric: b, direction: minimize}]",
      `2:37 objectives.0.direction: expected maximize or minimize, got the text "up"`,
    ],
    ["objectives: [{metric: a}, {metric: b, direction: minimize}]", "objectives.0.direction"],
    [
      "objectives: [{metric: a, direction: maximize, weight: 2}, {metric: b, direction: minimize}]",
      "2:47 objectives.0.weight: unknown key of an objective: weight; expected metric and direction",
    ],
    [
      "objectives: [{metric: '', direction: maximize}, {metric: b, direction: minimize}]",
      "2:23 objectives.0.metric: expected the name of a metric, got an empty text",
    ],
  ])("%s is refused at its place", (text, message) => {
    expect(problems(text).join("\n")).toContain(message);
  });
});

describe("output_constraints", () => {
  test("are read, one text as a list of one", () => {
    expect(parsed("metric: a\noutput_constraints: memory_mb <= 4000").spec).toMatchObject({
      output_constraints: [{ metric: "memory_mb", op: "<=", limit: 4000 }],
    });
  });

  test("name the one that is wrong", () => {
    expect(problems(`output_constraints: ["a <= 1", "b = 2"]`)).toEqual([
      `spec.yaml:2:32 output_constraints.1: expected a metric, one of <= < >= >, and a number, such as "memory_mb <= 4000", got "b = 2"`,
    ]);
    expect(problems("output_constraints: [3]").join()).toContain(
      `2:22 output_constraints.0: expected a text such as "memory_mb <= 4000"`,
    );
  });
});
