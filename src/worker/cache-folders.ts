import { join } from "node:path";

/** What a worker keeps between attempts. */
export interface CacheFolders {
  /** By digest. */
  blobs: string;
  /** Made of them. */
  workspaces: string;
  /** Measured baselines, as `builtin:reference` keeps them. */
  baselines: string;
}

export function cacheFolders(cache: string): CacheFolders {
  return {
    blobs: join(cache, "blobs"),
    workspaces: join(cache, "workspaces"),
    baselines: join(cache, "baselines"),
  };
}
