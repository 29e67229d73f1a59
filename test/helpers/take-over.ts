import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseLease } from "../../src/domain/lease.ts";
import { readFileSync, readdirSync } from "node:fs";
import type { LabRoot } from "./lab-root.ts";

/** Makes the holder of an experiment's lease look dead: no process has that pid and start time. */
export function takeOverLease(lab: LabRoot, experiment: string): void {
  const folder = join(lab.layout.locks, experiment);
  const name =
    readdirSync(folder)
      .filter((one) => one.endsWith(".json"))
      .sort()
      .at(-1) ?? "";
  const record = parseLease(readFileSync(join(folder, name), "utf8"));
  if (record === null) throw new Error(`no lease in ${folder}`);
  writeFileSync(join(folder, name), JSON.stringify({ ...record, start: "1" }));
}
