import { describe, expect, test } from "bun:test";
import { createOutput } from "../../src/cli/output.ts";
import { createProgress, type Progress, progressLine } from "../../src/cli/progress.ts";
import { fakeIo } from "./fake-io.ts";

const state = (done: number) => ({ done, total: 20, best: 0.5, last: 0.25 });

function onTerminal(): {
  progress: Progress;
  written: () => string;
  setTime: (ms: number) => void;
} {
  const io = fakeIo({}, true);
  let now = 0;
  return {
    progress: createProgress(io.stderr, true, () => now),
    written: () => io.text.stderr,
    setTime: (ms) => {
      now = ms;
    },
  };
}

describe("progressLine()", () => {
  test("shows n/N, best, last, rate and time left", () => {
    expect(progressLine(state(7), 2000, 5)).toBe("7/20  best 0.5  last 0.25  2.5/s  5 s left");
    expect(progressLine(state(7), 50_000, 5)).toBe(
      "7/20  best 0.5  last 0.25  10 s each  2 min 10 s left",
    );
  });

  test("leaves out what is not known yet", () => {
    expect(progressLine({ done: 0, total: 20, best: null, last: null }, 0, 0)).toBe(
      "0/20  best -  last -",
    );
  });

  test("keeps six digits of a value", () => {
    expect(progressLine({ ...state(1), best: 1 / 3, last: -1.5e-9 }, 0, 0)).toContain(
      "best 0.333333  last -1.5e-9",
    );
  });
});

describe("createProgress()", () => {
  test("rewrites one line in place", () => {
    const { progress, written, setTime } = onTerminal();
    progress.update(state(0));
    setTime(1000);
    progress.update(state(2));
    // 40 columns, the last one left free.
    expect(written()).toBe(
      "\r\x1b[2K0/20  best 0.5  last 0.25\r\x1b[2K2/20  best 0.5  last 0.25  2.0/s  9 s l",
    );
  });

  test("draws at most once in 100 ms, and draws the newest state later", async () => {
    const { progress, written, setTime } = onTerminal();
    progress.update(state(1));
    setTime(99);
    progress.update(state(2));
    progress.update(state(3));
    expect(written()).not.toContain("3/20");
    while (!written().includes("3/20")) await Bun.sleep(5);
    expect(written()).not.toContain("2/20");
  });

  test("hide() erases the line and end() keeps it away", () => {
    const { progress, written, setTime } = onTerminal();
    progress.update(state(1));
    progress.end();
    setTime(1000);
    progress.show();
    expect(written()).toEndWith("last 0.25\r\x1b[2K");
  });

  test("writes nothing without a terminal or when it is not wanted", () => {
    const piped = fakeIo();
    createProgress(piped.stderr, true, () => 0).update(state(1));
    const quiet = fakeIo({}, true);
    createProgress(quiet.stderr, false, () => 0).update(state(1));
    expect(piped.text.stderr + quiet.text.stderr).toBe("");
  });
});

test("createOutput() clears the progress line before a stdout line and draws it again after", () => {
  const io = fakeIo({}, true);
  const log: string[] = [];
  io.stdout.write = (text) => log.push(`out ${text.trim()}`);
  io.stderr.write = (text) => log.push(`err ${JSON.stringify(text.replaceAll("\x1b", ""))}`);
  let now = 0;
  io.monotonic_ms = () => now;
  const out = createOutput(io, { json: false, quiet: false });
  out.progress.update({ done: 1, total: 2, best: null, last: null });
  now = 100;
  out.line("hello");
  out.finish("x", { data: {}, human: ["bye"] });
  expect(log).toEqual([
    String.raw`err "\r[2K1/2  best -  last -"`,
    String.raw`err "\r[2K"`,
    "out hello",
    String.raw`err "\r[2K1/2  best -  last -"`,
    String.raw`err "\r[2K"`,
    "out bye",
  ]);
});
