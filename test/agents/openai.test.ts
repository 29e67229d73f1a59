import { describe, expect, test } from "bun:test";
import { modelServer, refuses, says } from "../helpers/model-server.ts";
import { tempDir } from "../helpers/temp.ts";
import { ask, refusal } from "./asking.ts";

const KEY = "sk-test-0123456789abcdefghij";
const MODEL = { agent_model: "gpt-4o-mini" };

describe("provider openai", () => {
  test("sends the key and a schema, and prices what is reported", async () => {
    using folder = tempDir();
    using server = modelServer(says('{"n": 3}'));
    const { answered, reserved, settled } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url, agent_effort: "low" },
      env: { OPENAI_API_KEY: KEY },
    });
    expect(answered).toMatchObject({ kind: "answered", value: 3 });
    const [request] = server.requests;
    expect(request?.path).toBe("/v1/chat/completions");
    expect(request?.headers.get("authorization")).toBe(`Bearer ${KEY}`);
    expect(request?.body).toMatchObject({
      model: "gpt-4o-mini",
      reasoning_effort: "low",
      response_format: { type: "json_schema" },
    });
    const usd = (1000 * 0.15 + 100 * 0.6) / 1e6;
    expect(settled).toMatchObject([{ cost: { usd, tokens: 1100, source: "priced" } }]);
    expect(reserved[0]?.usd).toBeGreaterThan(0);
  });

  test("waits as long as a 429 says, and tries again after a 500", async () => {
    using folder = tempDir();
    using server = modelServer(
      refuses(429, "slow down", { "retry-after": "0.3" }),
      refuses(500, "oops"),
      says('{"n": 4}'),
    );
    const started = performance.now();
    const { answered, settled, log } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
    expect(answered).toMatchObject({ kind: "answered", value: 4, transcript: { calls: 3 } });
    expect(settled.map(({ outcome, cost }) => [outcome, cost.usd === 0])).toEqual([
      ["outage", true],
      ["outage", true],
      ["answered", false],
    ]);
    expect(log[0]).toContain("slow down; trying again in 0.3 s");
  });

  test("understands a date as the time to wait until, by the clock of the server", async () => {
    using folder = tempDir();
    const date = "Fri, 27 Nov 2026 12:00:00 GMT";
    using server = modelServer(refuses(429, "", { date, "retry-after": date }), says('{"n": 4}'));
    const { log } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(log[0]).toContain("trying again in 0 s");
  });

  test("gives up for now after five outages", async () => {
    using folder = tempDir();
    using server = modelServer(refuses(503, "overloaded"));
    const error = await refusal(
      ask("openai", { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } }),
    );
    expect(error.code).toBe("try-later");
    expect(error.message).toContain("answers 503: overloaded");
    expect(server.requests).toHaveLength(5);
  });

  test.each([401, 402, 403])("stops at once on %d and names the variable", async (status) => {
    using folder = tempDir();
    using server = modelServer(refuses(status, `bad key ${KEY}`));
    const error = await refusal(
      ask("openai", {
        folder: folder.path,
        spec: { ...MODEL, agent_base_url: server.url },
        env: { OPENAI_API_KEY: KEY },
      }),
    );
    expect(error.code).toBe("usage");
    expect(error.hint).toContain("OPENAI_API_KEY");
    expect(error.message + (error.hint ?? "")).not.toContain(KEY);
    expect(server.requests).toHaveLength(1);
  });

  test("finds the format that an endpoint understands, and remembers it", async () => {
    using folder = tempDir();
    const picky = refuses(400, "'response_format.type' must be 'json_object' or 'text'");
    using server = modelServer(picky, says('{"n": 5}'), says('{"n": 6}'));
    const options = { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } };
    const first = await ask("openai", options);
    const second = await ask("openai", { ...options, dialects: first.dialects });
    expect([first.answered, second.answered]).toMatchObject([{ value: 5 }, { value: 6 }]);
    expect(server.requests.map(({ body }) => body["response_format"])).toMatchObject([
      { type: "json_schema" },
      { type: "json_object" },
      { type: "json_object" },
    ]);
  });

  test("goes down to plain text, with the older name of the limit", async () => {
    using folder = tempDir();
    using server = modelServer(({ body }) => {
      if ("response_format" in body)
        return Response.json({ message: "unsupported" }, { status: 422 });
      if ("max_completion_tokens" in body) {
        return Response.json({ error: "unknown: max_completion_tokens" }, { status: 400 });
      }
      return Response.json({ choices: [{ message: { content: 'Sure: {"n": 7} - done' } }] });
    });
    const { answered, settled, dialects } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(answered).toMatchObject({ kind: "answered", value: 7 });
    expect([...dialects.values()]).toMatchObject([{ format: "text", tokens_field: "max_tokens" }]);
    // No usage: counted from the text, and not free.
    expect(settled.at(-1)?.cost).toMatchObject({ source: "estimated" });
    expect(settled.at(-1)?.cost.usd).toBeGreaterThan(0);
  });

  test.each([
    ["cut off", '{"analysis": "too long to', "cut off"],
    ["empty", "", "the answer is empty"],
    ["prose", "I cannot say.", "no JSON object"],
    ["out of bounds", '{"n": 11}', "n: expected a number up to 10, got 11"],
  ])("sends an answer back that is %s, quoting what is wrong", async (_, bad, quoted) => {
    using folder = tempDir();
    using server = modelServer(says(bad), says('```json\n{"n": 8}\n```'));
    const { answered } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(answered).toMatchObject({ kind: "answered", value: 8 });
    expect(JSON.stringify(server.requests[1]?.body["messages"])).toContain(
      JSON.stringify(quoted).slice(1, -1),
    );
  });

  test("gives up after two repairs and says why", async () => {
    using folder = tempDir();
    using server = modelServer(says('{"n": 12}'));
    const { answered } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(answered).toMatchObject({
      kind: "unusable",
      problems: ["n: expected a number up to 10, got 12"],
      transcript: { calls: 3 },
    });
    expect(server.requests).toHaveLength(3);
  });

  test("a model without a price costs what the SPEC assumes", async () => {
    using folder = tempDir();
    using server = modelServer(says('{"n": 1}', null));
    const { settled } = await ask("openai", {
      folder: folder.path,
      spec: { agent_model: "my-own", agent_base_url: server.url },
    });
    expect(settled[0]?.cost).toMatchObject({ usd: 0.05, source: "assumed" });
  });

  test("does not wait for ever, and counts a call without an answer in full", async () => {
    using folder = tempDir();
    using server = modelServer(() => new Promise<Response>(() => {}));
    const error = await refusal(
      ask("openai", {
        folder: folder.path,
        spec: { ...MODEL, agent_base_url: server.url },
        timeout_ms: 100,
      }),
    );
    expect(error).toMatchObject({ code: "try-later" });
    expect(error.message).toContain("did not answer in 0.1 s");
  });

  test("stops reading a response that never ends", async () => {
    using folder = tempDir();
    using server = modelServer(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(new Uint8Array(1 << 20).fill(32)),
          }),
        ),
    );
    const error = await refusal(
      ask("openai", { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } }),
    );
    expect(error.message).toContain("answered with more than 8 MiB");
  });

  test("does not follow a redirect with the key", async () => {
    using folder = tempDir();
    using server = modelServer(
      () => new Response("", { status: 307, headers: { location: "http://127.0.0.1:1/steal" } }),
    );
    const error = await refusal(
      ask("openai", { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } }),
    );
    expect(error).toMatchObject({ code: "usage", hint: "check agent_model and agent_base_url" });
  });

  test("says that a service cannot be reached", async () => {
    using folder = tempDir();
    const server = modelServer(says(""));
    server[Symbol.dispose]();
    const error = await refusal(
      ask("openai", { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } }),
    );
    expect(error.code).toBe("try-later");
    expect(error.message).toContain(`cannot reach ${server.url.replace("/v1", "")}`);
  });

  test.each([
    ["ftp://host/v1", "expected an http or https address"],
    ["localhost:8080", "expected an http or https address"],
    ["https://me:hunter22@host/v1", "name or password"],
    ["https://host/v1?key=1", "expected no ?"],
  ])("refuses the base URL %s", async (agent_base_url, why) => {
    using folder = tempDir();
    const error = await refusal(
      ask("openai", { folder: folder.path, spec: { ...MODEL, agent_base_url } }),
    );
    expect(error.message).toContain(why);
    expect(error.message).not.toContain("hunter22");
  });

  test("wants a model, and a key where the service wants one", async () => {
    using folder = tempDir();
    const noModel = await refusal(ask("openai", { folder: folder.path }));
    expect(noModel.message).toContain("needs an agent_model");
    const noKey = await refusal(ask("openai", { folder: folder.path, spec: MODEL }));
    expect(noKey.message).toContain("needs a key in OPENAI_API_KEY");
  });

  test("takes the secrets out of prompt and answer", async () => {
    using folder = tempDir();
    using server = modelServer(says(`{"n": 2, "why": "${KEY} and hf_${"a".repeat(30)}"}`));
    const { answered } = await ask("openai", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
      env: { MY_TOKEN: "correct-horse-battery" },
      prompt: "The log says correct-horse-battery",
    });
    const all = JSON.stringify([answered, server.requests]);
    for (const secret of ["correct-horse", KEY, "hf_aaaa"]) {
      expect(JSON.stringify(answered)).not.toContain(secret);
    }
    expect(all).not.toContain("correct-horse");
  });
});
