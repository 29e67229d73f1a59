import { statfsSync } from "node:fs";

/** Free space on the disk of `root` in GiB, two decimals (the original calls them GB); null where the system does not say. */
export function freeGb(root: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(root);
    return Math.round((bavail * bsize * 100) / 1024 ** 3) / 100;
  } catch {
    return null;
  }
}
