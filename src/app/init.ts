import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataRootDocuments } from "../assets.ts";
import { systemCode } from "../domain/errors.ts";
import { isoTime } from "../domain/time.ts";
import { ensureFolder, isStorageError, storageError } from "../store/durable.ts";
import { layoutOf } from "../store/layout.ts";
import type { Lab } from "./lab.ts";
import { openSession, rootExists } from "./session.ts";

/** Makes a data root, or completes one that lacks something. Never overwrites a file. */
export async function initLab(lab: Lab): Promise<{ root: string; created: boolean }> {
  const layout = layoutOf(lab.root);
  rootExists(lab.root);
  const created = !existsSync(layout.registry);
  try {
    for (const folder of layout.folders) ensureFolder(folder);
    writeDocuments(lab.root);
  } catch (error) {
    if (isStorageError(error)) throw storageError(error, `making the data root ${lab.root}`);
    throw error;
  }
  const { store } = await openSession(lab);
  if (store.ledger.size() === 0) {
    await store.record([{ type: "lab_initialized", ts: isoTime(lab.clock.now()) }], { sync: true });
  }
  await store.rebuild();
  await store.flush();
  store.close();
  return { root: lab.root, created };
}

/** README-FIRST.md, PROGRAM.md and CHANGELOG.md, where they are missing: people edit them. */
export function writeDocuments(root: string): void {
  for (const [name, text] of Object.entries(dataRootDocuments())) {
    try {
      writeFileSync(join(root, name), text, { flag: "wx" });
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}
