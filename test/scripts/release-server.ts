import type { Socket } from "bun";

/** A labctl of a few bytes (or padded to many) that answers --version. */
export function fakeLabctl(version: string, size = 0): string {
  const text = `#!/bin/sh\n[ "$1" = --version ] && echo "labctl ${version}"\nexit\n`;
  return text.padEnd(size, "#");
}

export const sha256 = (text: string): string =>
  new Bun.CryptoHasher("sha256").update(text).digest("hex");

export interface ReleaseServer {
  url: string;
  /** Paths asked for, in order. */
  asked: string[];
  [Symbol.dispose](): void;
}

export type Files = Record<string, string>;

/** Serves `files` by path, with a SHA256SUMS of them unless they have one. */
export function serveRelease(files: Files): ReleaseServer {
  const all: Files = { SHA256SUMS: checksums(files), ...files };
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      const path = new URL(request.url).pathname.slice(1);
      asked.push(path);
      const body = all[path];
      return body === undefined ? new Response("no", { status: 404 }) : new Response(body);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

export function checksums(files: Files): string {
  return Object.entries(files)
    .map(([name, text]) => `${sha256(text)}  ${name}\n`)
    .join("");
}

/** Serves `files`, but hangs up half way through everything except SHA256SUMS. */
export function serveHalf(files: Files): ReleaseServer {
  const all: Files = { SHA256SUMS: checksums(files), ...files };
  const asked: string[] = [];
  const answer = (socket: Socket, head: string): void => {
    const path = head.split(" ")[1]?.slice(1) ?? "";
    asked.push(path);
    const body = all[path] ?? "";
    const sent = path === "SHA256SUMS" ? body : body.slice(0, body.length / 2);
    socket.end(
      `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${sent}`,
    );
  };
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket, bytes) => answer(socket, bytes.toString()) },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    asked,
    [Symbol.dispose]: () => server.stop(true),
  };
}
