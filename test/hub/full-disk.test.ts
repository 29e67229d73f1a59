import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { tempDir } from "../helpers/temp.ts";

/** A tmpfs can be mounted in a mount namespace of one's own. */
const canMount = Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).success;
const MIB = 1024 * 1024;

function random(bytes: number): { content: Uint8Array; digest: string } {
  const content = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) {
    crypto.getRandomValues(content.subarray(at, at + 65_536));
  }
  return { content, digest: new Bun.CryptoHasher("sha256").update(content).digest("hex") };
}

test.skipIf(!canMount)("a full disk is said, leaves nothing over, and ends nothing", async () => {
  using dir = tempDir();
  const script = `mount -t tmpfs -o size=12m none ${dir.path} && exec "$@"`;
  const program = [process.execPath, join(import.meta.dir, "small-disk-hub.ts"), dir.path];
  await using child = Bun.spawn(["unshare", "-m", "sh", "-c", script, "sh", ...program], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const reader = child.stdout.getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  const { url, token } = v.parse(
    v.object({ url: v.string(), token: v.string() }),
    JSON.parse(first),
  );
  // The disk is seen through the process that lives on it.
  const disk = `/proc/${child.pid}/root${dir.path}`;
  const ask = (
    path: string,
    {
      headers = {},
      ...init
    }: { method: string; body: string | Uint8Array; headers?: Record<string, string> },
  ): Promise<Response> =>
    fetch(`${url}${path}`, { ...init, headers: { ...headers, authorization: `Bearer ${token}` } });
  const put = ({ content, digest }: ReturnType<typeof random>): Promise<Response> =>
    ask(`/v1/blobs/sha256/${digest}`, { method: "PUT", body: content });
  const incomplete = (): string[] =>
    [...readdirSync(disk, { recursive: true, encoding: "utf8" })].filter(
      (name) => statSync(join(disk, name)).isFile() && !/^(blobs\/..\/|hub\/)/.test(name),
    );

  expect((await put(random(6 * MIB))).status).toBe(201);
  const refused = await put(random(7 * MIB));
  expect([refused.status, await refused.json()]).toEqual([
    507,
    {
      code: "try-later",
      message: "no space left on the hub's disk",
      hint: "free some space there; what was refused may be sent again",
      retry_after_s: 10,
    },
  ]);
  expect(incomplete()).toEqual([]);

  const large = random(20 * MIB);
  const body = JSON.stringify({ digest: large.digest, bytes: large.content.length });
  const begun = await ask("/v1/uploads", { method: "POST", body });
  const { upload } = v.parse(v.object({ upload: v.string() }), await begun.json());
  const headers = { "upload-offset": "0" };
  const patch = await ask(`/v1/uploads/${upload}`, {
    method: "PATCH",
    body: large.content,
    headers,
  });
  expect(patch.status).toBe(507);
  expect(incomplete()).toEqual([]);
  expect((await put(random(2 * MIB))).status).toBe(201);
});
