import { describe, expect, test } from "bun:test";
import { readMetric } from "../../src/run/metric-sources.ts";

/** The metric is called `score`; `file` is the content of a metrics.json. */
function read(stdout: string, file: string | null = null, metric = "score"): unknown {
  const files = [{ label: "metrics.json in the run folder", content: file }];
  return readMetric({ metric, stdout: { head: stdout, tail: "" }, files });
}

describe("readMetric() finds the metric", () => {
  test.each([
    ['{"value": 1.5}', 1.5],
    ['{"score": -2}\n', -2],
    ['{\n  "score": 3,\n  "other": [1, 2]\n}\n', 3],
    ['starting\n{"value": 4}\n\n', 4],
    ['{"value": 5, "score": 5}', 5],
    ["0.25", 0.25],
    ["epoch 1\nepoch 2\n-1e-3\n", -0.001],
    ["score=7", 7],
    ["score: 8.5", 8.5],
    ["score = +.5", 0.5],
    ["x=1  y=2  score=-3.4", -3.4],
    ["score=1\nscore=2\nbye", 2],
    ["best_score=9 score=3 my-score=8", 3],
    ["The score: 4.", 4],
    ["score: see the table below\nscore=6\nscore: improved", 6],
    ["\u001b[32mscore=1.25\u001b[0m", 1.25],
    ['log "score": 2,', 2],
    ["score=1\r\nscore=3\r\n", 3],
    ["{broken\nscore=1", 1],
    ["[1, 2]\nscore=1", 1],
  ])("on stdout: %j", (stdout, value) => {
    expect(read(stdout)).toMatchObject({ value, source: "stdout" });
  });

  test("in metrics.json, with the other numbers of it", () => {
    const file = '{"score": 1, "loss": 2.5, "name": "x", "ok": true, "nested": {"a": 1}}';
    expect(read("nothing here", file)).toEqual({
      value: 1,
      source: "metrics.json",
      metrics: { loss: 2.5 },
    });
  });

  test("under a name with special characters", () => {
    expect(read("val/acc@1 (%)=0.5", null, "val/acc@1 (%)")).toMatchObject({ value: 0.5 });
  });

  test("as zero, which is a number like any other", () => {
    expect(read('{"score": 0}')).toMatchObject({ value: 0 });
    expect(read("score=-0.0", '{"score": 0}')).toMatchObject({ value: 0 });
  });
});

describe("readMetric() names what it saw instead of a number", () => {
  test.each([
    ['{"value": NaN}', "value in stdout: expected a finite number, got NaN"],
    ['{"score": -Infinity}', "score in stdout: expected a finite number, got -Infinity"],
    ['{"score": 1e999}', "score in stdout: expected a finite number, got Infinity"],
    ['{"value": true}', "value in stdout: expected a finite number, got the boolean true"],
    ['{"value": "0.9"}', 'value in stdout: expected a finite number, got the string "0.9"'],
    ['{"value": [1]}', "value in stdout: expected a finite number, got a list [1]"],
    ['{"value": {"a": 1}}', 'value in stdout: expected a finite number, got an object {"a":1}'],
    ['{"value": null}', "value in stdout: expected a finite number, got null"],
    [
      'log\n{"value": null}',
      "value in the last line of stdout: expected a finite number, got null",
    ],
    ["score=nan", "score on stdout: expected a finite number, got nan"],
    ["score=-inf", "score on stdout: expected a finite number, got -inf"],
    ["score: True", "score on stdout: expected a finite number, got True"],
    ["score=1_000", "score on stdout: expected a finite number, got 1_000"],
    ["score=0x10", "score on stdout: expected a finite number, got 0x10"],
    ["score=12%", "score on stdout: expected a finite number, got 12%"],
    ["score=[1,", "score on stdout: expected a finite number, got [1"],
    ["1e400", "the last line of stdout: expected a finite number, got 1e400"],
  ])("on stdout: %j", (stdout, problem) => {
    expect(read(stdout)).toEqual({ problem });
  });

  test.each([
    ["", "stdout is empty"],
    ["hello\n", "stdout ends with hello"],
    ["1_000", "stdout ends with 1_000"],
    ["inf", "stdout ends with inf"],
    ["0x10", "stdout ends with 0x10"],
    ["12 ms", "stdout ends with 12 ms"],
    ['{"loss": 1}', 'stdout ends with {"loss": 1}'],
    ['"0.9"', 'stdout ends with "0.9"'],
    ["scores=1", "stdout ends with scores=1"],
    ["1.5\nbye", "stdout ends with bye"],
  ])("on stdout without a metric: %j", (stdout, seen) => {
    const problem = `no score found: ${seen}, metrics.json in the run folder is not there`;
    expect(read(stdout)).toEqual({ problem: expect.stringContaining(problem) });
    expect(read(stdout)).toEqual({ problem: expect.stringContaining("print score=NUMBER") });
  });

  test.each([
    ["[1]", "metrics.json in the run folder: expected a JSON object, got a list [1]"],
    ["5", "metrics.json in the run folder: expected a JSON object, got 5"],
    ["null", "metrics.json in the run folder: expected a JSON object, got null"],
    ["{broken", "metrics.json in the run folder is not JSON: {broken"],
    [
      '{"score": "1"}',
      'score in metrics.json in the run folder: expected a finite number, got the string "1"',
    ],
    [
      '{"score": NaN}',
      "score in metrics.json in the run folder: expected a finite number, got NaN",
    ],
  ])("in metrics.json: %j, even when stdout has one", (file, problem) => {
    expect(read("score=1", file)).toEqual({ problem });
  });

  test("a metrics.json that names other things only does not hide stdout", () => {
    expect(read("score=1", '{"loss": 2}')).toMatchObject({ value: 1, source: "stdout" });
    expect(read("", '{"loss": 2}')).toEqual({
      problem: expect.stringContaining("metrics.json in the run folder does not name it"),
    });
  });
});

describe("readMetric() compares its sources", () => {
  test("takes the file when stdout shows a rounded form of it", () => {
    const file = '{"score": -12.34567812345}';
    expect(read("x=1.5000  score=-12.345678", file)).toMatchObject({
      value: -12.34567812345,
      source: "metrics.json",
    });
    expect(read("score=0", '{"score": 0.3}')).toMatchObject({ value: 0.3 });
    expect(read("score=1.2e-7", '{"score": 1.2345e-7}')).toMatchObject({ value: 1.2345e-7 });
  });

  test("refuses sources that differ, naming both", () => {
    expect(read("score=0.5", '{"score": 0.7}')).toEqual({
      problem:
        "two sources disagree: metrics.json in the run folder says 0.7, score on stdout says 0.5",
    });
    expect(read('{"score": 1}', '{"score": 1.00001}')).toHaveProperty("problem");
    expect(read('{"value": 1, "score": 2}')).toEqual({
      problem: "two sources disagree: value in stdout says 1, score says 2",
    });
  });

  test("refuses two files that differ, and takes two that agree", () => {
    const both = (first: string, second: string): unknown =>
      readMetric({
        metric: "score",
        stdout: null,
        files: [
          { label: "a", content: first },
          { label: "b", content: second },
        ],
      });
    expect(both('{"score": 1}', '{"value": 1, "x": 2}')).toMatchObject({
      value: 1,
      metrics: { x: 2 },
    });
    expect(both('{"score": 1}', '{"score": 2}')).toEqual({
      problem: "two sources disagree: a says 1, b says 2",
    });
  });
});

describe("readMetric() of long output", () => {
  test("does not take a number that was cut in two", () => {
    const cut = { head: "start\nscore=-1", tail: "2.5\nend" };
    expect(readMetric({ metric: "score", stdout: cut, files: [] })).toHaveProperty("problem");
    const marked = "start\nscore=-1\n[labctl: 1,234 bytes cut here]\n2.5\nend";
    expect(read(marked)).toHaveProperty("problem");
  });

  test("finds a line in the first and in the last part", () => {
    const early = { head: "score=1\nmore", tail: "rest\nend" };
    const late = { head: "start\nmore", tail: "rest\nscore=2" };
    expect(readMetric({ metric: "score", stdout: early, files: [] })).toMatchObject({ value: 1 });
    expect(readMetric({ metric: "score", stdout: late, files: [] })).toMatchObject({ value: 2 });
  });

  test("looks through a megabyte of one character quickly", () => {
    const stdout = { head: "1".repeat(65536), tail: "score=".repeat(10922) };
    expect(readMetric({ metric: "score", stdout, files: [] })).toHaveProperty("problem");
  });
});
