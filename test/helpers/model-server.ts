import type { JsonObject } from "../../src/domain/types.ts";

export interface ModelRequest {
  path: string;
  headers: Headers;
  body: JsonObject;
}

export interface ModelServer {
  url: string;
  requests: ModelRequest[];
  [Symbol.dispose](): void;
}

export type Reply = (request: ModelRequest) => Response | Promise<Response>;

/** A service on this machine that gives one reply after the other; the last one again and again. */
export function modelServer(...replies: Reply[]): ModelServer {
  const requests: ModelRequest[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body: JsonObject = JSON.parse(await request.text());
      const seen = { path: new URL(request.url).pathname, headers: request.headers, body };
      const reply = replies[Math.min(requests.length, replies.length - 1)];
      requests.push(seen);
      return reply === undefined ? new Response("no reply", { status: 500 }) : reply(seen);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    requests,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

export const USAGE = { prompt_tokens: 1000, completion_tokens: 100 };

/** A chat completion that says `text`. `usage`: null leaves it out. */
export function says(text: string, usage: JsonObject | null = USAGE): Reply {
  return () =>
    Response.json({
      choices: [{ message: { role: "assistant", content: text }, finish_reason: "stop" }],
      ...(usage === null ? {} : { usage }),
    });
}

/** A refusal, as such services put it. */
export function refuses(status: number, message = "", headers: Record<string, string> = {}): Reply {
  return () => Response.json({ error: { message } }, { status, headers });
}
