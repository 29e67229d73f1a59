/** One request that a webhook got. */
export interface Posted {
  path: string;
  key: string;
  event: string;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface Webhook {
  url: string;
  port: number;
  posted: Posted[];
  /** Answers each request from now on; a status, or a response. */
  answer: (posted: Posted) => Response | number | Promise<Response | number>;
  [Symbol.dispose](): void;
}

/** A webhook on the loopback interface that answers 200 until it is told otherwise. */
export function webhook(port = 0): Webhook {
  const hook: Pick<Webhook, "answer" | "posted"> = { answer: () => 200, posted: [] };
  const server = Bun.serve({
    port,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const posted: Posted = {
        path: new URL(request.url).pathname,
        key: request.headers.get("idempotency-key") ?? "",
        event: request.headers.get("x-hermes-lab-event") ?? "",
        headers: request.headers,
        body: JSON.parse(await request.text()),
      };
      hook.posted.push(posted);
      const answered = await hook.answer(posted);
      return typeof answered === "number" ? new Response("", { status: answered }) : answered;
    },
  });
  const at = server.port ?? 0;
  return Object.assign(hook, {
    url: `http://127.0.0.1:${at}/hook/s3cret-path?token=t0ken`,
    port: at,
    [Symbol.dispose]: () => void server.stop(true),
  });
}
