import { existsSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ID } from "../domain/dispatch/run-package.ts";
import type { Layout } from "./layout.ts";
import { isOpenPackage } from "./package-state.ts";

/** Whether a queue of this data root still answers for a package: the folder, or the hub. */
export function isQueued(layout: Layout, id: string): boolean {
  if (!PACKAGE_ID.test(id)) return false;
  return isOpenPackage(layout.packages, id) || existsSync(join(layout.hubPackages, `${id}.json`));
}
