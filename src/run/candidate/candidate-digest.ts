import { lstatSync, readFileSync } from "node:fs";
import { placeOf, type TreeChange } from "./fence.ts";

/**
 * What a candidate comes to, whatever form it was given in: two candidates with one digest change the
 * same files of the same workspace in the same way. 32 hexadecimal digits.
 */
export function changesDigest(changes: readonly TreeChange[], content: string): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const { path, after } of changes) {
    hasher.update(`${JSON.stringify(path)} ${after?.kind ?? "removed"} `);
    if (after?.kind === "link") hasher.update(JSON.stringify(after.target));
    if (after?.kind !== "file") continue;
    const place = placeOf(content, path);
    const isExecutable = (lstatSync(place).mode & 0o100) !== 0;
    hasher.update(`${isExecutable} ${after.bytes} `);
    hasher.update(readFileSync(place));
  }
  return hasher.digest("hex").slice(0, 32);
}
