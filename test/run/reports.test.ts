import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { keptReports } from "../../src/app/pruning.ts";
import { reportsOf } from "../../src/reduce/reports.ts";
import { openReports } from "../../src/run/reports.ts";
import { tempDir } from "../helpers/temp.ts";

describe("openReports()", () => {
  test("reads every objective, in each form; without one of them it is a report of the primary metric", () => {
    using dir = tempDir();
    const file = join(dir.path, "report.jsonl");
    const stdout = join(dir.path, "stdout.log");
    const objectives = [
      { metric: "accuracy", direction: "maximize" },
      { metric: "latency_ms", direction: "minimize" },
    ] as const;
    writeFileSync(
      file,
      [
        `{"step": 1, "values": {"accuracy": 0.5, "latency_ms": 9}}`,
        `{"step": 2, "accuracy": 0.6, "latency_ms": 8, "other": "x"}`,
        `{"step": 3, "value": 0.7, "values": {"latency_ms": 7}}`,
        `{"step": 4, "value": 0.8}`,
        `{"step": 5, "values": {"latency_ms": 7}}`,
        `{"step": 6, "values": [1, 2]}`,
        `{"step": 7, "values": {"accuracy": 0.9, "latency_ms": null}}`,
        "",
      ].join("\n"),
    );
    writeFileSync(
      stdout,
      "LAB_REPORT step=8 accuracy=0.1 latency_ms=3\nLAB_REPORT step=9 latency_ms=3\nLAB_REPORT x\n",
    );
    const read = openReports(file, stdout, objectives).read();
    expect(read).toEqual([
      { step: 1, value: 0.5, objectives: { accuracy: 0.5, latency_ms: 9 } },
      { step: 2, value: 0.6, objectives: { accuracy: 0.6, latency_ms: 8 } },
      { step: 3, value: 0.7, objectives: { accuracy: 0.7, latency_ms: 7 } },
      { step: 4, value: 0.8 },
      { step: 7, value: 0.9 },
      { step: 8, value: 0.1, objectives: { accuracy: 0.1, latency_ms: 3 } },
    ]);
    // What the history keeps is all of it.
    const kept = JSON.parse(JSON.stringify(keptReports(read)));
    expect(reportsOf(kept).map(({ objectives: known }) => known)).toEqual(
      read.map(({ objectives: known }) => known),
    );
    // One metric alone is read as ever.
    expect(openReports(file, stdout).read()).toEqual([
      { step: 3, value: 0.7 },
      { step: 4, value: 0.8 },
    ]);
  });

  test("reads JSON lines and printed lines as they are written, each step once", () => {
    using dir = tempDir();
    const file = join(dir.path, "report.jsonl");
    const stdout = join(dir.path, "stdout.log");
    const reader = openReports(file, stdout);
    expect(reader.read()).toEqual([]);
    writeFileSync(file, '{"step":1,"value":0.5}\n{"step":2,"val');
    writeFileSync(stdout, "epoch 1\nLAB_REPORT step=3 value=0.7\nLAB_REPORT step=1 value=9\n");
    expect(reader.read()).toEqual([
      { step: 1, value: 0.5 },
      { step: 3, value: 0.7 },
    ]);
    appendFileSync(file, 'ue":0.6}\n');
    expect(reader.read()).toEqual([{ step: 2, value: 0.6 }]);
    expect(reader.read()).toEqual([]);
  });

  test("passes over everything that is no report", () => {
    using dir = tempDir();
    const file = join(dir.path, "report.jsonl");
    const bad = ['{"step":"1","value":1}', '{"step":1,"value":null}', '{"step":-1,"value":1}'];
    writeFileSync(file, `${bad.join("\n")}\n{"step":1\nnull\n[1]\n{"step":1e999,"value":1}\n`);
    expect(openReports(file, join(dir.path, "none")).read()).toEqual([]);
  });

  test("does not follow a link, and does not hang on a pipe or a folder", () => {
    using dir = tempDir();
    writeFileSync(join(dir.path, "secret"), '{"step":1,"value":1}\n');
    symlinkSync(join(dir.path, "secret"), join(dir.path, "link"));
    expect(openReports(join(dir.path, "link"), join(dir.path, "none")).read()).toEqual([]);
    Bun.spawnSync(["mkfifo", join(dir.path, "pipe")]);
    mkdirSync(join(dir.path, "folder"));
    expect(openReports(join(dir.path, "pipe"), join(dir.path, "folder")).read()).toEqual([]);
  });
});
