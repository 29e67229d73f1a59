import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { openReports } from "../../src/run/reports.ts";
import { tempDir } from "../helpers/temp.ts";

describe("openReports()", () => {
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
