import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { recordedAnswer } from "../../src/agents/playback.ts";
import { tempDir } from "../helpers/temp.ts";
import { writeFiles } from "../run/request.ts";
import { ask, refusal } from "./asking.ts";

describe("provider file", () => {
  test("writes the prompt and waits for somebody's answer", async () => {
    using folder = tempDir();
    const proposals = join(folder.path, "proposals");
    const asking = ask("file", { folder: folder.path });
    while (!existsSync(join(proposals, "demo-1.prompt.md"))) await Bun.sleep(5);
    expect(readFileSync(join(proposals, "demo-1.prompt.md"), "utf8")).toContain("Which number?");
    expect(existsSync(join(proposals, "demo-1.schema.json"))).toBe(true);
    writeFiles(proposals, { "demo-1.answer.json": '{"n": 3}' });
    const { answered, reserved } = await asking;
    expect(answered).toMatchObject({ kind: "answered", value: 3 });
    expect(reserved).toEqual([]);
    expect(readdirSync(proposals)).toEqual(["answered"]);
  });

  test("in the background it does not wait, and the next call takes the answer", async () => {
    using folder = tempDir();
    const options = { folder: folder.path, spec: { agent_background: true } };
    const error = await refusal(ask("file", options));
    expect(error.code).toBe("try-later");
    expect(error.message).toContain("no answer yet in ");
    writeFiles(join(folder.path, "proposals"), { "demo-1.answer.json": '{"n": 4}' });
    expect((await ask("file", options)).answered).toMatchObject({ value: 4 });
  });

  test("says what is wrong with an answer, and takes it when it is mended", async () => {
    using folder = tempDir();
    const proposals = join(folder.path, "proposals");
    writeFiles(proposals, { "demo-1.answer.json": '{"n": 30}' });
    const wrong = await refusal(ask("file", { folder: folder.path }));
    expect(wrong.code).toBe("usage");
    expect(wrong.message).toContain("demo-1.answer.json: n: expected a number up to 10, got 30");
    writeFiles(proposals, { "demo-1.answer.json": "three" });
    const broken = await refusal(ask("file", { folder: folder.path }));
    expect(broken.message).toContain("there is no JSON object");
    expect(broken.hint).toContain("mend the file");
    writeFiles(proposals, { "demo-1.answer.json": '{"n": 3}' });
    expect((await ask("file", { folder: folder.path })).answered).toMatchObject({ value: 3 });
  });
});

describe("provider stub", () => {
  test("costs nothing and needs nothing", async () => {
    using folder = tempDir();
    const { answered, reserved } = await ask("stub", { folder: folder.path, stub: { n: 6 } });
    expect(answered).toMatchObject({ kind: "answered", value: 6 });
    expect(reserved).toEqual([]);
  });
});

describe("recordedAnswer()", () => {
  test("plays the files of a folder back by name, then nothing", () => {
    using folder = tempDir();
    writeFiles(folder.path, {
      "02.json": '{"changes": [{"path": "a", "action": "delete"}]}',
      "01.patch": "--- a\n+++ a\n",
      "README.md": "not a change",
    });
    const at = (iteration: number): unknown => recordedAnswer(folder.path, iteration);
    expect(at(1)).toMatchObject({ patch: "--- a\n+++ a\n" });
    expect(at(2)).toMatchObject({ changes: [{ path: "a" }] });
    expect(at(3)).toMatchObject({ changes: [] });
  });

  test("plays a list back; a task written for agents says nothing to it", () => {
    using folder = tempDir();
    writeFiles(folder.path, {
      "list.json": '[{"files": {"a": "1"}}, "patch text"]',
      "task.md": "Make it faster.",
      "wrong.json": "{}",
    });
    expect(recordedAnswer(join(folder.path, "list.json"), 1)).toMatchObject({ files: { a: "1" } });
    expect(recordedAnswer(join(folder.path, "list.json"), 2)).toMatchObject({
      patch: "patch text",
    });
    expect(recordedAnswer(join(folder.path, "task.md"), 1)).toMatchObject({ changes: [] });
    expect(() => recordedAnswer(join(folder.path, "wrong.json"), 1)).toThrow("expected a list");
    expect(() => recordedAnswer(join(folder.path, "none"), 1)).toThrow("no such file or folder");
  });
});
