import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** One digest over names, modes, links and content of everything below a folder. */
export function folderHash(folder: string): string {
  const hash = createHash("sha256");
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const place = join(folder, path);
    const stat = lstatSync(place);
    hash.update(`${path}\0${stat.mode}\0`);
    if (stat.isSymbolicLink()) hash.update(readlinkSync(place));
    else if (stat.isFile()) hash.update(readFileSync(place));
  }
  return hash.digest("hex");
}
