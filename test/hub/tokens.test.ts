import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { RefusedError } from "../../src/hub/refuse.ts";
import { openTokens, type Tokens } from "../../src/hub/tokens.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { testClock, type TestClock } from "../helpers/lab-root.ts";
import { tempDir, type TempDir } from "../helpers/temp.ts";

interface Opened extends TempDir {
  clock: TestClock;
  tokens: Tokens;
  /** As another process, or the next hub, has them. */
  again(): Tokens;
}

function opened(): Opened {
  const dir = tempDir();
  const clock = testClock();
  const again = (): Tokens => openTokens(join(dir.path, "hub"), { random: systemRandom, clock });
  return { ...dir, clock, again, tokens: again() };
}

/** What a token is refused with; null when it is good. */
function problem(tokens: Tokens, token: string): [number, string] | null {
  try {
    tokens.identify(token);
    return null;
  } catch (error) {
    if (error instanceof RefusedError) return [error.status, error.message];
    throw error;
  }
}

test("a token is known by its scope, also to the next hub", () => {
  using dir = opened();
  const { id, token } = dir.tokens.issue({ scope: "read", name: "dashboard" });
  expect(dir.again().identify(token)).toEqual({ scope: "read", id });
});

test("one changed digit, scope or id makes it unknown", () => {
  using dir = opened();
  const { token } = dir.tokens.issue({ scope: "read" });
  const last = token.endsWith("0") ? "1" : "0";
  for (const wrong of [
    token.slice(0, -1) + last,
    token.replace("hl_read", "hl_admin"),
    token.replace("hl_read", "hl_worker"),
    token.replace(/_([0-9a-f]{12})_/, "_../../x_"),
    `${token}0`,
    "",
  ]) {
    expect(problem(dir.tokens, wrong)).toEqual([401, "the token is not one of this hub"]);
  }
});

test("it expires, and is revoked by whoever has the data root", () => {
  using dir = opened();
  const short = dir.tokens.issue({ scope: "submit", expires_s: 60 });
  const long = dir.tokens.issue({ scope: "submit" });
  expect(problem(dir.tokens, short.token)).toBeNull();
  dir.clock.advance(60_000);
  expect(problem(dir.tokens, short.token)?.[1]).toStartWith("the token expired at ");
  expect(problem(dir.tokens, long.token)).toBeNull();
  expect(dir.again().revoke(long.id)).toBeTrue();
  expect(problem(dir.tokens, long.token)).toEqual([401, "the token was revoked"]);
  expect(dir.tokens.revoke("nosuchtoken")).toBeFalse();
  expect(dir.tokens.revoke("../../x")).toBeFalse();
});

test("a join token is good for one worker, and for its repeated calls", () => {
  using dir = opened();
  const { id } = dir.tokens.issue({ scope: "join" });
  const worker = dir.tokens.join(id, { key: "first-key", name: "gpu" });
  expect(dir.again().identify(worker.token)).toEqual({ scope: "worker", worker: "gpu" });
  expect(dir.again().join(id, { key: "first-key", name: "gpu" })).toEqual(worker);
  expect(() => dir.again().join(id, { key: "other-key", name: "gpu" })).toThrow(
    "the token was used by another worker",
  );
});

test("workers of the same name get names of their own", () => {
  using dir = opened();
  const names = ["a-key-1", "a-key-2", "a-key-3"].map((key) => {
    const { id } = dir.tokens.issue({ scope: "join" });
    return dir.tokens.join(id, { key, name: "gpu" }).worker;
  });
  expect(names).toEqual(["gpu", "gpu-2", "gpu-3"]);
});

test("a revoked worker is out, and so is the token it joined by", () => {
  using dir = opened();
  const { id, token } = dir.tokens.issue({ scope: "join" });
  const worker = dir.tokens.join(id, { key: "some-key", name: "gpu" });
  expect(dir.again().revokeWorker("gpu")).toBeTrue();
  expect(problem(dir.tokens, worker.token)).toEqual([401, "the token was revoked"]);
  expect(problem(dir.tokens, token)).toEqual([401, "the token was revoked"]);
  expect(dir.tokens.revokeWorker("nobody")).toBeFalse();
});

test("the token of an attempt is good for that attempt, over restarts", () => {
  using dir = opened();
  const attempt = "DISPATCH-20261123-181037-000000-my_exp.1";
  const token = dir.tokens.attemptToken(attempt);
  expect(dir.again().identify(token)).toEqual({ scope: "attempt", attempt });
  expect(problem(dir.tokens, token.replace("my_exp.1", "my_exp.2"))?.[0]).toBe(401);
});

test("no secret is on disk, and nobody else may read what is", () => {
  using dir = opened();
  const joining = dir.tokens.issue({ scope: "join", name: "one" });
  const worker = dir.tokens.join(joining.id, { key: "the-key-itself", name: "gpu" });
  dir.tokens.revoke(joining.id);
  const all = join(dir.path, "hub");
  const secrets = [joining.token, worker.token].map((token) => token.slice(-64));
  for (const name of readdirSync(all, { recursive: true, encoding: "utf8" })) {
    const path = join(all, name);
    if (!statSync(path).isFile()) continue;
    expect(statSync(path).mode & 0o077).toBe(0);
    const text = readFileSync(path, "utf8");
    for (const secret of [...secrets, "the-key-itself"]) expect(text).not.toContain(secret);
  }
});

test("the list shows who joined by what, and no secrets", () => {
  using dir = opened();
  const { id, token } = dir.tokens.issue({ scope: "join", name: "for gpu" });
  dir.tokens.join(id, { key: "some-key", name: "gpu" });
  dir.tokens.issue({ scope: "admin" });
  const list = dir.tokens.list();
  expect(list.map(({ scope, name, worker }) => `${scope} ${name} ${worker}`).sort()).toEqual([
    "admin  null",
    "join for gpu gpu",
  ]);
  expect(JSON.stringify(list)).not.toContain(token.slice(-64));
});
