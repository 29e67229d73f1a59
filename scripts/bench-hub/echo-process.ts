/** A server that reads a body and answers; ends when its standard input does. */
import { serve } from "bun";

const server = serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const body = await request.text();
    return new Response(body, { headers: { "content-type": "application/json" } });
  },
});
console.log(server.url.origin);
for await (const _ of Bun.stdin.stream());
await server.stop(true);
