import { describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { untilNoProcess } from "../helpers/tagged-processes.ts";
import { type TempDir, tempDir } from "../helpers/temp.ts";
import { writeFiles } from "../run/request.ts";
import { ask, type AskOptions, refusal } from "./asking.ts";

/** A folder with a program of that name on PATH, which keeps its arguments and its input. */
function program(folder: TempDir, name: string, script: string): AskOptions {
  const keep = `printf '%s\\n' "$@" > ${folder.path}/args; cat > ${folder.path}/stdin\n`;
  writeFiles(folder.path, { [`bin/${name}`]: `#!/bin/sh\n${keep}${script}\n` });
  const path = `${join(folder.path, "bin")}:${process.env["PATH"] ?? ""}`;
  return { folder: folder.path, env: { PATH: path } };
}

function kept(folder: TempDir, name: string): string {
  return readFileSync(join(folder.path, name), "utf8");
}

describe("provider command", () => {
  test("takes the last JSON object of what it prints, and its report of tokens", async () => {
    using folder = tempDir();
    const options = program(
      folder,
      "agent",
      `echo 'Looking at {this} {"n": 99} first.'; echo 'So: {"n": 2, "why": "a } in text"} is it.'
       echo '{"usage": {"input_tokens": 10, "output_tokens": 5, "total_cost_usd": 0.25}}'`,
    );
    const { answered, settled } = await ask("command", { ...options, words: ["agent"] });
    expect(answered).toMatchObject({ kind: "answered", value: 2 });
    expect(settled).toMatchObject([{ cost: { usd: 0.25, tokens: 15, source: "reported" } }]);
    expect(kept(folder, "stdin")).toContain("Which number?");
  });

  test("gives a prompt of 300 KB on standard input, none of it as an argument", async () => {
    using folder = tempDir();
    const options = program(folder, "agent", `echo "{\\"n\\": 1}"`);
    const prompt = `${"0123456789abcdef".repeat(18_750)} end`;
    const { answered } = await ask("command", {
      ...options,
      words: ["agent", "--in", "{prompt_file}"],
      prompt,
    });
    expect(answered).toMatchObject({ kind: "answered", value: 1 });
    expect(kept(folder, "stdin")).toContain(prompt);
    expect(kept(folder, "args").length).toBeLessThan(300);
  });

  test("takes the output file before anything else", async () => {
    using folder = tempDir();
    const script = `while [ $# -gt 0 ]; do test "$1" = -o && echo '{"n": 4}' > "$2"; shift; done
      echo '{"n": 5}'`;
    const options = program(folder, "agent", script);
    const words = [
      "agent",
      "--model",
      "{model}",
      "-o",
      "{output_file}",
      "--schema",
      "{schema_file}",
    ];
    const { answered } = await ask("command", { ...options, words });
    expect(answered).toMatchObject({ value: 4 });
    // Without a model its option goes too.
    expect(kept(folder, "args")).not.toContain("--model");
  });

  test("a failure is one although it printed an answer, and nothing is taken to be free", async () => {
    using folder = tempDir();
    const options = program(folder, "agent", `echo '{"n": 1}'; echo 'disk on fire' >&2; exit 1`);
    const error = await refusal(ask("command", { ...options, words: ["agent"] }));
    expect(error.code).toBe("try-later");
    expect(error.message).toContain("agent exits with 1: disk on fire");
  });

  test("kills what does not end in time, with all it has started", async () => {
    using folder = tempDir();
    const options = program(folder, "agent", "sleep 600 & sleep 600");
    const tag = `LAB_TEST_HANG=${folder.path}`;
    const error = await refusal(
      ask("command", {
        ...options,
        words: ["agent"],
        timeout_ms: 200,
        env: { ...options.env, LAB_TEST_HANG: folder.path, TEST_HANG: folder.path },
      }),
    );
    expect(error.code).toBe("try-later");
    expect(error.message).toContain("agent did not end in 0.2 s and was killed");
    await untilNoProcess(tag.replace("LAB_", ""));
    expect(readdirSync(join(folder.path, "scratch"))).toEqual([]);
  });

  test("says what to install, and which placeholders there are", async () => {
    using folder = tempDir();
    const missing = await refusal(
      ask("command", { folder: folder.path, words: ["no-such-agent-here"] }),
    );
    expect(missing.message).toContain("cannot start no-such-agent-here: ENOENT");
    expect(missing.hint).toContain("install no-such-agent-here");
    const wrong = await refusal(
      ask("command", { folder: folder.path, words: ["agent", "{promt_file}"] }),
    );
    expect(wrong.message).toContain("did you mean prompt_file?");
    const none = await refusal(ask("command", { folder: folder.path }));
    expect(none.message).toContain("needs an agent_command");
  });

  test("sends a wrong answer back in one text", async () => {
    using folder = tempDir();
    const script = `if grep -q 'got 50' ${folder.path}/stdin; then echo '{"n": 5}'; else echo '{"n": 50}'; fi`;
    const options = program(folder, "agent", script);
    const { answered } = await ask("command", { ...options, words: ["agent"] });
    expect(answered).toMatchObject({ value: 5, transcript: { calls: 2 } });
  });
});

describe("presets", () => {
  test("claude: structured output, its own cost, and a budget", async () => {
    using folder = tempDir();
    const report = {
      type: "result",
      is_error: false,
      result: "done",
      structured_output: { n: 7 },
      total_cost_usd: 0.0123,
      usage: { input_tokens: 3, cache_read_input_tokens: 97, output_tokens: 20 },
    };
    const options = program(folder, "claude", `echo '${JSON.stringify(report)}'`);
    const { answered, settled } = await ask("claude", {
      ...options,
      spec: { agent_model: "opus" },
    });
    expect(answered).toMatchObject({ value: 7 });
    expect(settled[0]?.cost).toEqual({ usd: 0.0123, tokens: 120, source: "reported" });
    expect(kept(folder, "args").split("\n")).toEqual(
      expect.arrayContaining(["-p", "--max-budget-usd", "0.0500", "--model", "opus"]),
    );
  });

  test("claude: an error that calls itself a success is one", async () => {
    using folder = tempDir();
    const report = { is_error: true, subtype: "success", result: "API Error: overloaded" };
    const options = program(folder, "claude", `echo '${JSON.stringify(report)}'`);
    const error = await refusal(ask("claude", options));
    expect(error.message).toContain("claude says that it failed: API Error: overloaded");
  });

  test("claude: who is not logged in is told so", async () => {
    using folder = tempDir();
    const options = program(folder, "claude", "echo 'Invalid API key' >&2; exit 1");
    const error = await refusal(ask("claude", options));
    expect(error).toMatchObject({ code: "usage" });
    expect(error.hint).toContain("ANTHROPIC_API_KEY");
  });

  test("codex: the last message, and the tokens of its turn", async () => {
    using folder = tempDir();
    const lines = [
      { type: "item.completed", item: { type: "agent_message", text: '{"n": 1}' } },
      { type: "item.completed", item: { type: "agent_message", text: '{"n": 6}' } },
      {
        type: "turn.completed",
        usage: { input_tokens: 100, cached_input_tokens: 40, output_tokens: 7 },
      },
    ];
    const script = lines.map((line) => `echo '${JSON.stringify(line)}'`).join("\n");
    const options = program(folder, "codex", script);
    const { answered, settled } = await ask("codex", {
      ...options,
      spec: { agent_model: "gpt-5", agent_effort: "high" },
    });
    expect(answered).toMatchObject({ value: 6 });
    const usd = (60 * 1.25 + 40 * 0.125 + 7 * 10) / 1e6;
    expect(settled[0]?.cost).toEqual({ usd, tokens: 107, source: "priced" });
    expect(kept(folder, "args")).toContain("model_reasoning_effort=high");
  });

  test("hermes: says in its usage file that it failed, and exits with 0", async () => {
    using folder = tempDir();
    const find = `while [ $# -gt 0 ]; do test "$1" = --usage-file && file="$2"; shift; done`;
    const failing = program(
      folder,
      "hermes",
      `${find}; echo '{"failed": true, "error": "no credit"}' > "$file"; echo '{"n": 1}'`,
    );
    const error = await refusal(ask("hermes", failing));
    expect(error.message).toContain("hermes says that it failed: no credit");
    const working = program(
      folder,
      "hermes",
      `${find}; echo '{"estimated_cost_usd": 0.5, "input_tokens": 9, "output_tokens": 1}' > "$file"; echo '{"n": 1}'`,
    );
    const { answered, settled } = await ask("hermes", working);
    expect(answered).toMatchObject({ value: 1 });
    expect(settled[0]?.cost).toEqual({ usd: 0.5, tokens: 10, source: "reported" });
  });
});
