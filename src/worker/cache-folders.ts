import { join } from "node:path";

/** What a worker keeps between attempts: blobs by digest, and workspaces made of them. */
export function cacheFolders(cache: string): { blobs: string; workspaces: string } {
  return { blobs: join(cache, "blobs"), workspaces: join(cache, "workspaces") };
}
