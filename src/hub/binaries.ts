import { createHash } from "node:crypto";
import { statSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { executableName, PLATFORMS, platformOf } from "../domain/platforms.ts";
import { systemCode } from "../domain/errors.ts";

/** The executables that a hub has for its workers, by their names in a release (`labctl-linux-x64`). */
export interface Binaries {
  /** Where it is; null when there is none for that platform, or this is not a name of one. */
  path(name: string): string | null;
  /** SHA256SUMS of all of them, as `sha256sum` writes it. */
  checksums(): Promise<string>;
}

/**
 * `own` is the executable of this process, which serves its own platform; null when it runs from
 * source. Others are looked for in `folders`, the first that has one.
 */
export function openBinaries(own: string | null, folders: readonly string[]): Binaries {
  const digests = new Map<string, { version: string; digest: string }>();
  const names = new Set(PLATFORMS.map(executableName));
  const ownName = own === null ? null : ownExecutableName();

  function path(name: string): string | null {
    if (!names.has(name)) return null;
    if (name === ownName && own !== null && statOf(own) !== null) return own;
    const found = folders.find((folder) => statOf(join(folder, name))?.isFile() === true);
    return found === undefined ? null : join(found, name);
  }

  async function digestOf(file: string): Promise<string | null> {
    const stat = statOf(file);
    if (stat === null) return null;
    const version = `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    const known = digests.get(file);
    if (known?.version === version) return known.digest;
    const digest = await hashed(file);
    digests.set(file, { version, digest });
    return digest;
  }

  return {
    path,
    async checksums() {
      const lines: string[] = [];
      for (const name of names) {
        const file = path(name);
        const digest = file === null ? null : await digestOf(file);
        if (digest !== null) lines.push(`${digest}  ${name}\n`);
      }
      return lines.join("");
    },
  };
}

/** The executable of this process and the folders where those of other platforms would lie. */
export function binariesOfThisProcess(folder: string | null): Binaries {
  const own = Bun.isStandaloneExecutable ? process.execPath : null;
  const beside = own === null ? [] : [dirname(own), join(dirname(own), "dist")];
  return openBinaries(own, folder === null ? beside : [folder]);
}

function ownExecutableName(): string | null {
  const report: { header?: { glibcVersionRuntime?: string } } = Object(process.report.getReport());
  const isMusl = process.platform === "linux" && report.header?.glibcVersionRuntime === undefined;
  const platform = platformOf(process.platform, process.arch, isMusl);
  return platform === null ? null : executableName(platform);
}

function statOf(file: string): Stats | null {
  try {
    return statSync(file);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(systemCode(error))) return null;
    throw error;
  }
}

/** In pieces, so that heartbeats are answered meanwhile: 110 MB take some 100 ms. */
async function hashed(file: string): Promise<string> {
  const hash = createHash("sha256");
  await using handle = await open(file);
  const buffer = Buffer.alloc(1 << 20);
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, bytesRead));
  }
}
