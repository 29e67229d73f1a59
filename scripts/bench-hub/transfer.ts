import { createHash } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ask } from "./http.ts";
import { row, type Group } from "./row.ts";
import { startHub } from "./start-hub.ts";

const MIB = 1 << 20;
const PIECE_MIB = 64;
const TARGET_MIB_S = 150 / 1.048576;
const TARGET_PEAK_MIB = 128;

/** A blob of `mib` MiB to the hub in pieces, as a worker sends it, and back. */
export async function transfer(folder: string, mib: number): Promise<Group> {
  const source = join(folder, "blob");
  const digest = makeFile(source, mib);
  const floor = floorOf(source, join(folder, "copy"));
  await using hub = await startHub(join(folder, "hub-transfer"), 1);
  const [token = ""] = hub.workers;
  const idle = hub.peak_mib() ?? 0;
  const started = performance.now();
  const bytes = mib * MIB;
  const begun = await ask(`${hub.url}/v1/uploads`, token, JSON.stringify({ digest, bytes }));
  const { upload } = Object(begun);
  for (let offset = 0; offset < bytes; offset += PIECE_MIB * MIB) {
    const response = await fetch(`${hub.url}/v1/uploads/${upload}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${token}`, "upload-offset": String(offset) },
      body: Bun.file(source).slice(offset, Math.min(bytes, offset + PIECE_MIB * MIB)),
    });
    if (!response.ok) throw new Error(`upload: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
  const up_s = (performance.now() - started) / 1000;
  const asked = performance.now();
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${hub.url}/v1/blobs/sha256/${digest}`, { headers });
  let received = 0;
  for await (const chunk of response.body ?? []) received += chunk.length;
  if (received !== bytes) throw new Error(`download: ${received} of ${bytes} bytes`);
  const down_s = (performance.now() - asked) / 1000;
  const peak = hub.peak_mib() ?? 0;
  rmSync(source);
  return {
    title: `Transfer of ${mib} MiB (client and hub share the cores)`,
    rows: [
      row("upload, hashed and synced", rate(mib, up_s), {
        floor: `${rate(mib, floor.hashed_s)} (hash, write, sync)`,
        target: ">= 150 MB/s",
        ok: mib / up_s >= TARGET_MIB_S,
      }),
      row("download", rate(mib, down_s), {
        target: ">= 150 MB/s",
        ok: mib / down_s >= TARGET_MIB_S,
      }),
      row("peak memory of the hub", `${peak.toFixed(0)} MiB (${idle.toFixed(0)} before)`, {
        target: `<= ${TARGET_PEAK_MIB} MiB`,
        ok: peak <= TARGET_PEAK_MIB,
      }),
    ],
  };
}

function rate(mib: number, seconds: number): string {
  return `${((mib * 1.048576) / seconds).toFixed(0)} MB/s`;
}

function makeFile(path: string, mib: number): string {
  const hash = createHash("sha256");
  const fd = openSync(path, "wx");
  const block = new Uint8Array(MIB);
  for (let at = 0; at < mib; at++) {
    crypto.getRandomValues(block.subarray(0, 65_536));
    hash.update(block);
    writeSync(fd, block);
  }
  closeSync(fd);
  return hash.digest("hex");
}

/** One process that reads a file, hashes it, writes it and syncs. */
function floorOf(source: string, target: string): { hashed_s: number } {
  const script = join(import.meta.dir, "copy-hashed.ts");
  const started = performance.now();
  const { exitCode } = Bun.spawnSync([process.execPath, script, source, target]);
  if (exitCode !== 0) throw new Error("copy-hashed.ts failed");
  const hashed_s = (performance.now() - started) / 1000;
  rmSync(target);
  return { hashed_s };
}
