import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { parseJoinString } from "../../../src/domain/dispatch/join-string.ts";
import { openTokens } from "../../../src/hub/tokens.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemRandom } from "../../../src/platform/random.ts";
import { openBlobs } from "../../../src/store/blobs.ts";
import { layoutOf } from "../../../src/store/layout.ts";
import { testLab, type TestLab } from "../../helpers/lab.ts";
import { served } from "../../helpers/served.ts";

const Issued = v.object({
  id: v.string(),
  token: v.string(),
  join: v.nullable(v.string()),
  expires_at: v.nullable(v.string()),
});

function tokensOf({ root }: TestLab) {
  return openTokens(layoutOf(root).hub, { random: systemRandom, clock: systemClock });
}

describe("labctl hub", () => {
  test("makes tokens that the hub takes, with or without one running", async () => {
    using lab = await testLab();
    const made = v.parse(Issued, (await lab.json("hub", "token", "--scope", "read")).data);
    expect(tokensOf(lab).identify(made.token)).toEqual({ scope: "read", id: made.id });
    expect(made.expires_at).toBeNull();
    const { stdout, stderr } = await lab.labctl("hub", "token", "--expires", "2h");
    expect(stdout).toStartWith("hl_join_");
    expect(stderr).toContain("no hub is running here");
    await lab.labctl("hub", "token", "--expires", "0.001s");
    expect((await lab.labctl("hub", "tokens")).stdout).toContain(
      "and 1 that expired or were revoked",
    );
  });

  test("makes join strings for a hub that runs", async () => {
    using lab = await testLab();
    await using hub = await served(lab.root);
    const { join: line, id } = v.parse(Issued, (await lab.json("hub", "token")).data);
    const { url, token } = parseJoinString(line ?? "");
    expect(url).toBe(hub.url);
    expect(tokensOf(lab).identify(token)).toEqual({ scope: "join", id });
  });

  test("lists them without their secrets, and revokes one", async () => {
    using lab = await testLab();
    const named = await lab.json("hub", "token", "--scope", "submit", "--name", "laptop");
    const { id, token } = v.parse(Issued, named.data);
    const list = await lab.labctl("hub", "tokens");
    expect(list.stdout).toMatch(new RegExp(`${id} +submit +laptop +for good`));
    expect((await lab.labctl("hub", "revoke", id)).stdout).toBe(`revoked ${id}\n`);
    const again = await lab.labctl("hub", "tokens", "--json");
    expect(again.stdout).toContain('"revoked":true');
    expect(list.stdout + again.stdout).not.toContain(token.slice(-64));
    expect(() => tokensOf(lab).identify(token)).toThrow("the token was revoked");
  });

  test("removes content that nobody needs", async () => {
    using lab = await testLab();
    const blobs = openBlobs(layoutOf(lab.root).blobs);
    const { digest } = blobs.addBytes(new Uint8Array(10));
    expect((await lab.labctl("hub", "gc")).stdout).toBe(
      "removed 0 blobs (0.0 MiB) and 0 uploads, kept 1 blobs (0.0 MiB)\n",
    );
    expect(existsSync(blobs.path(digest))).toBeTrue();
  });

  test.each([
    [["hub", "revoke"], 2, "revoke, and revoke alone, takes the id of a token"],
    [["hub", "gc", "abc"], 2, "revoke, and revoke alone, takes the id of a token"],
    [["hub", "revoke", "nosuchtoken"], 8, 'no token "nosuchtoken"'],
    [["hub", "token", "--expires", "soon"], 2, "--expires: expected a time such as 30m, 1h or 7d"],
    [["hub", "token", "--scope", "root"], 2, "scope"],
  ])("%j is refused in words", async (args, code, words) => {
    using lab = await testLab();
    const { code: exit, stderr } = await lab.labctl(...args);
    expect([exit, stderr]).toEqual([code, expect.stringContaining(words)]);
    expect(existsSync(join(lab.root, "registry", "hub", "endpoint.json"))).toBeFalse();
  });
});
