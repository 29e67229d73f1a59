import { join } from "node:path";
import { ensureFolder, replaceFile } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { readText } from "./read-text.ts";

/**
 * What endpoints were found to understand, one file each under scratch/: forgetting it costs a
 * refused call.
 */
export function recallDialect(layout: Layout, endpoint: string): unknown {
  const text = readText(pathOf(layout, endpoint));
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    // It was torn by a crash, and is found out again.
    return null;
  }
}

export function rememberDialect(layout: Layout, endpoint: string, dialect: object): void {
  ensureFolder(folderOf(layout));
  replaceFile(pathOf(layout, endpoint), `${JSON.stringify({ ...dialect, endpoint })}\n`);
}

function folderOf(layout: Layout): string {
  return join(layout.scratch, "model-dialects");
}

function pathOf(layout: Layout, endpoint: string): string {
  const digest = new Bun.CryptoHasher("sha256").update(endpoint).digest("hex").slice(0, 24);
  return join(folderOf(layout), `${digest}.json`);
}
