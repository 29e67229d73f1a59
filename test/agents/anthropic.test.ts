import { describe, expect, test } from "bun:test";
import { modelServer, refuses, type Reply } from "../helpers/model-server.ts";
import { tempDir } from "../helpers/temp.ts";
import { ask, refusal } from "./asking.ts";

const MODEL = { agent_model: "claude-sonnet-4-5" };

function content(...blocks: object[]): Reply {
  const usage = { input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 1000 };
  return () => Response.json({ content: blocks, usage });
}

describe("provider anthropic", () => {
  test("reads the text among thinking, and prices cached tokens apart", async () => {
    using folder = tempDir();
    using server = modelServer(
      content({ type: "thinking", thinking: '{"n": 9}' }, { type: "text", text: '{"n": 3}' }),
    );
    const { answered, settled } = await ask("anthropic", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
      env: { ANTHROPIC_API_KEY: "key-of-this-test" },
    });
    expect(answered).toMatchObject({ kind: "answered", value: 3 });
    const [request] = server.requests;
    expect(request?.path).toBe("/v1/messages");
    expect(request?.headers.get("x-api-key")).toBe("key-of-this-test");
    expect(request?.body).toMatchObject({
      output_config: { format: { type: "json_schema" } },
      system: "Answer with one JSON object.",
    });
    const usd = (100 * 3 + 1000 * 0.3 + 10 * 15) / 1e6;
    expect(settled[0]?.cost).toEqual({ usd, tokens: 1110, source: "priced" });
  });

  test("falls back to a tool that has to be called, then to text", async () => {
    using folder = tempDir();
    using server = modelServer(
      refuses(400, "output_config: Extra inputs are not permitted"),
      content({ type: "tool_use", name: "answer", input: { n: 6 } }),
    );
    const { answered, dialects } = await ask("anthropic", {
      folder: folder.path,
      spec: { ...MODEL, agent_base_url: server.url },
    });
    expect(answered).toMatchObject({ kind: "answered", value: 6 });
    expect(server.requests[1]?.body).toMatchObject({ tool_choice: { type: "tool" } });
    expect([...dialects.values()]).toMatchObject([{ format: "json_object" }]);
  });

  test("names its key", async () => {
    using folder = tempDir();
    using server = modelServer(refuses(401, "invalid x-api-key"));
    const error = await refusal(
      ask("anthropic", { folder: folder.path, spec: { ...MODEL, agent_base_url: server.url } }),
    );
    expect(error.hint).toContain("ANTHROPIC_API_KEY");
    const none = await refusal(ask("anthropic", { folder: folder.path, spec: MODEL }));
    expect(none.message).toContain("needs a key in ANTHROPIC_API_KEY");
  });
});
