import { readdirSync } from "node:fs";
import { systemCode } from "../domain/errors.ts";

/** What a folder holds, in order of name; [] where there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return [];
    throw error;
  }
}
