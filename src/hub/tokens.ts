import { existsSync } from "node:fs";
import { join } from "node:path";
import { formatToken, parseToken, type TokenParts } from "../domain/dispatch/token.ts";
import { isoTime } from "../domain/time.ts";
import type { Clock, Random } from "../ports.ts";
import { createOnce, ensureFolder, SECRET_MODE } from "../store/durable.ts";
import { readText } from "../store/read-text.ts";
import { hubSecret } from "./access/hub-secret.ts";
import { refused } from "./refuse.ts";
import type { Holder } from "./route.ts";
import { isSameDigest, sha256 } from "./access/secret-digest.ts";
import {
  joinedWorkers,
  listTokens,
  parseRecord,
  parseUse,
  type IssuedScope,
  type TokenInfo,
  type TokenRecord,
  type TokenUse,
} from "./access/token-files.ts";

/**
 * Who may speak to the hub. Of a token only the SHA-256 is on disk, in `tokens/<id>.json`; nothing
 * there is changed or deleted:
 *
 *     <id>.json --a worker joins--> <id>.used (the worker, and the SHA-256 of its token)
 *     <id>.json --revoked--> <id>.revoked: neither the token nor the worker's is good any more
 *
 * Tokens of attempts are computed from a secret of the hub, and not written anywhere.
 */
export interface Tokens {
  /** Says the token, once. A join token is good for one worker, and for an hour unless said otherwise. */
  issue(request: IssueRequest): { id: string; token: string };
  /**
   * Spends a join token. The worker gets `name`, or `name-2` and so on when another has it. The same
   * token again with the same key gets the same; with another it is refused.
   */
  join(id: string, request: { key: string; name: string }): { worker: string; token: string };
  attemptToken(attempt: string): string;
  /** Throws a refusal when it is unknown, expired, used or revoked. */
  identify(token: string): Holder;
  /** False when there is no such token. */
  revoke(id: string): boolean;
  /** The token by which it joined. False when no such worker ever joined. */
  revokeWorker(worker: string): boolean;
  list(): TokenInfo[];
}

export interface IssueRequest {
  scope: IssuedScope;
  /** For people. */
  name?: string;
  /** Never, when left out; one hour for join. */
  expires_s?: number;
}

export const JOIN_EXPIRES_S = 3600;

/** `folder` is registry/hub of the data root; what is missing there is made. */
export function openTokens(
  folder: string,
  { random, clock }: { random: Random; clock: Pick<Clock, "now"> },
): Tokens {
  const tokens = join(folder, "tokens");
  ensureFolder(tokens);
  const secret = hubSecret(folder, random);
  // Records never change, so they are read once; what may appear beside them is looked for each time.
  const records = new Map<string, TokenRecord>();
  const uses = new Map<string, TokenUse>();
  const at = (id: string, ending: string): string => `${tokens}/${id}.${ending}`;

  function recordOf(id: string): TokenRecord | null {
    return remembered(records, id, () => parseRecord(readText(at(id, "json"))));
  }

  function useOf(id: string): TokenUse | null {
    return remembered(uses, id, () => parseUse(readText(at(id, "used"))));
  }

  function isRevoked(id: string): boolean {
    return existsSync(at(id, "revoked"));
  }

  function identify(token: string): Holder {
    const parts = parseToken(token);
    if (parts === null) throw unknown();
    if (parts.scope === "attempt") {
      if (!isSameDigest(parts.secret, secret.attempt(parts.id))) throw unknown();
      return { scope: "attempt", attempt: parts.id };
    }
    if (!/^[a-z0-9]+$/.test(parts.id)) throw unknown();
    const identity = parts.scope === "worker" ? asWorker(parts) : asIssued(parts);
    if (isRevoked(parts.id)) throw unwelcome("was revoked");
    return identity;
  }

  function asWorker({ id, secret: given }: TokenParts): Holder {
    const use = useOf(id);
    if (use === null || !isSameDigest(use.token_sha256, sha256(given))) throw unknown();
    return { scope: "worker", worker: use.worker };
  }

  function asIssued({ id, scope, secret: given }: TokenParts): Holder {
    const record = recordOf(id);
    if (record === null || !isSameDigest(record.sha256, sha256(given))) throw unknown();
    if (record.scope !== scope) throw unknown();
    const { expires_at } = record;
    if (expires_at !== null && Date.parse(expires_at) <= clock.now().getTime()) {
      throw unwelcome(`expired at ${expires_at}`);
    }
    return { scope: record.scope, id };
  }

  return {
    issue({ scope, name = "", expires_s = scope === "join" ? JOIN_EXPIRES_S : undefined }) {
      const parts = { scope, id: random.hex(6), secret: random.hex(32) };
      const now = clock.now();
      const expires_at =
        expires_s === undefined ? null : isoTime(new Date(now.getTime() + expires_s * 1000));
      const record: TokenRecord = {
        schema_version: 1,
        id: parts.id,
        scope,
        name,
        created_at: isoTime(now),
        expires_at,
        sha256: sha256(parts.secret),
      };
      writeOnce(at(parts.id, "json"), record);
      return { id: parts.id, token: formatToken(parts) };
    },
    join(id, { key, name }) {
      const parts = { scope: "worker", id, secret: secret.worker(id, key) };
      const wanted = {
        schema_version: 1,
        worker: freeName(name, joinedWorkers(tokens)),
        key_sha256: sha256(key),
        token_sha256: sha256(parts.secret),
        used_at: isoTime(clock.now()),
      } satisfies TokenUse;
      // Whoever creates the file has the worker; the others see whether that was themselves.
      writeOnce(at(id, "used"), wanted);
      const use = useOf(id);
      if (use === null || !isSameDigest(use.token_sha256, wanted.token_sha256)) {
        throw unwelcome("was used by another worker");
      }
      return { worker: use.worker, token: formatToken(parts) };
    },
    attemptToken: (attempt) =>
      formatToken({ scope: "attempt", id: attempt, secret: secret.attempt(attempt) }),
    identify,
    revoke(id) {
      if (!/^[a-z0-9]+$/.test(id) || recordOf(id) === null) return false;
      writeOnce(at(id, "revoked"), { schema_version: 1, revoked_at: isoTime(clock.now()) });
      return true;
    },
    revokeWorker(worker) {
      const id = joinedWorkers(tokens).get(worker);
      if (id === undefined) return false;
      writeOnce(at(id, "revoked"), { schema_version: 1, revoked_at: isoTime(clock.now()) });
      return true;
    },
    list: () => listTokens(tokens),
  };
}

function writeOnce(path: string, value: object): void {
  createOnce(path, `${JSON.stringify(value, null, 2)}\n`, SECRET_MODE);
}

function remembered<T>(known: Map<string, T>, id: string, find: () => T | null): T | null {
  const found = known.get(id) ?? find();
  if (found !== null) known.set(id, found);
  return found;
}

/** A worker keeps its name for good, so that one name in the history is one worker. */
function freeName(name: string, taken: ReadonlyMap<string, string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function unknown(): Error {
  return refused(401, "policy-refused", "the token is not one of this hub", {
    hint: "make one with `labctl hub token` on the machine of the hub",
  });
}

function unwelcome(why: string): Error {
  return refused(401, "policy-refused", `the token ${why}`, {
    hint: "make a new one with `labctl hub token` on the machine of the hub",
  });
}
