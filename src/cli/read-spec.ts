import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CreateRequest } from "../app/create.ts";
import { LabError, systemCode } from "../domain/errors.ts";
import type { CliIo } from "./io.ts";

/** The SPEC in `file`, or on standard input for `-`. Throws `not-found` when there is no such file. */
export async function readSpec(io: CliIo, file: string): Promise<CreateRequest> {
  const cwd = io.cwd();
  const text = file === "-" ? await io.stdin.text() : fileText(file, resolve(cwd, file));
  return { text, file, cwd };
}

function fileText(file: string, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) {
      throw new LabError("not-found", `File not found: ${file}`, {
        hint: "name a SPEC file; `labctl new <template>` writes one to start from",
      });
    }
    if (systemCode(error) === "EISDIR") {
      throw new LabError("usage", `${file} is a folder, not a SPEC file`, {
        hint: "name the file in it, such as spec.yaml",
      });
    }
    if (systemCode(error) === "" || systemCode(error) === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new LabError("usage", `${file} is not UTF-8 text`, { hint: "save it as UTF-8" });
    }
    throw error;
  }
}
