import { labctlBinary } from "./binary.ts";
import { cleanEnv } from "./cli.ts";
import { readEndpoint } from "../../src/hub/endpoint.ts";
import { join } from "node:path";

/** `labctl serve` in a process of its own, on any free port; LABCTL_BIN names another executable. */
export interface Served {
  url: string;
  join: string;
  pid: number;
  /** Of scope admin. */
  token: string;
  ask(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; what it said, and its exit code. */
  stop(): Promise<{ code: number; stdout: string; stderr: string }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function served(root: string, ...flags: string[]): Promise<Served> {
  const args = ["serve", "--data-root", root, "--port", "0", "--json", ...flags];
  const child = Bun.spawn([...labctlBinary(), ...args], {
    env: cleanEnv(),
    stdout: "pipe",
    stderr: "pipe",
  });
  const stderr = child.stderr.text();
  const reader = child.stdout.getReader();
  let stdout = "";
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (value !== undefined) stdout += new TextDecoder().decode(value);
    return !done;
  };
  while (!stdout.includes("\n") && (await more()));
  const first = JSON.parse(stdout.split("\n", 1)[0] ?? "");
  if (first.url === undefined) {
    throw Object.assign(new Error(`serve: ${await stderr}`), { code: await child.exited });
  }
  const endpoint = readEndpoint(join(root, "registry", "hub"));
  const token = endpoint?.token ?? "";
  return {
    url: endpoint?.url ?? first.url,
    join: first.join,
    pid: child.pid,
    token,
    ask(method, path, body, as = token) {
      return fetch(`${endpoint?.url ?? first.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${as}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    async stop() {
      child.kill("SIGTERM");
      while (await more());
      return { code: await child.exited, stdout, stderr: await stderr };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
