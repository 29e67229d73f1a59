import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseHubUrl, parseJoinString } from "../domain/dispatch/join-string.ts";
import { parseToken } from "../domain/dispatch/token.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import { memberOf } from "../worker/spool.ts";
import { usageError } from "./failure.ts";
import type { CliIo } from "./io.ts";

/** Whom a worker works for. */
export type WorkerQueue =
  { kind: "hub"; url: string; pin: string | null; token: string | null } | { kind: "folder" };

/**
 * The hub of a join string, of --hub with a token or join string in a file (`-`: standard input), or
 * the one that a spool belongs to; without any of them the data root.
 */
export async function workerQueue(
  io: CliIo,
  given: {
    join: string | undefined;
    hub: string | undefined;
    tokenFile: string | undefined;
    spool: string | null;
  },
): Promise<WorkerQueue> {
  const { join, hub, tokenFile, spool } = given;
  if (join !== undefined) {
    if (hub !== undefined || tokenFile !== undefined) {
      throw usageError("a join string says it all: leave out --hub and --token-file", "worker");
    }
    return { kind: "hub", ...parseJoinString(join) };
  }
  const secret = tokenFile === undefined ? null : await readSecret(io, tokenFile);
  if (secret?.startsWith("http") === true) {
    const parsed = parseJoinString(secret);
    // What the one who started us knows of the way to the hub counts; the pin is in the string.
    return { kind: "hub", ...parsed, ...(hub === undefined ? {} : addressOf(hub, parsed.pin)) };
  }
  if (hub !== undefined) {
    if (secret !== null && parseToken(secret) === null) {
      throw usageError(`--token-file: there is no token in ${tokenFile ?? ""}`, "worker");
    }
    return { kind: "hub", ...addressOf(hub, null), token: secret };
  }
  if (secret !== null) throw usageError("--token-file has a token: --hub says for what", "worker");
  const member = spool === null ? null : memberOf(spool);
  if (member === null || !/^https?:/.test(member.queue)) return { kind: "folder" };
  return { kind: "hub", url: member.queue, pin: member.pin, token: null };
}

/** `https://host:7447`, with `/#pin=...` where its certificate is its own. */
function addressOf(hub: string, known: string | null): { url: string; pin: string | null } {
  const words = new URLSearchParams(/#(.*)$/s.exec(hub)?.[1] ?? "");
  const pin = words.get("pin") ?? known;
  if (pin !== null && !/^[0-9a-f]{64}$/.test(pin)) {
    throw usageError("--hub: the pin is not 64 lower-case hexadecimal digits", "worker");
  }
  return { url: parseHubUrl(hub.replace(/#.*$/s, "")), pin };
}

async function readSecret(io: CliIo, path: string): Promise<string> {
  if (path === "-") return (await io.stdin.text()).trim();
  try {
    return readFileSync(resolve(io.cwd(), path), "utf8").trim();
  } catch (error) {
    throw new LabError("not-found", `--token-file: cannot read ${path} (${systemCode(error)})`, {
      hint: "put the token, or the whole join string, into a file that only you can read",
    });
  }
}
