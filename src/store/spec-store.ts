import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError, systemCode } from "../domain/errors.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { Calendar } from "../ports.ts";
import { replaceFile } from "./durable.ts";
import { experimentLayout, type Layout } from "./layout.ts";

export interface StoredSpec {
  spec: Spec;
  sha256: string;
}

/** SHA-256 of an experiment's SPEC.yaml, or null when it has none. */
export function specDigest(layout: Layout, id: string): string | null {
  const bytes = readSpec(layout, id);
  return bytes === null ? null : digest(bytes);
}

/**
 * The parsed SPEC.yaml of an experiment. Parsing YAML costs more than a whole status call, so the
 * result is cached by content under scratch/specs (delete it at will). Throws `usage` with every
 * problem when the file is invalid, `not-found` when there is none.
 */
export async function loadSpec(
  layout: Layout,
  id: string,
  calendar: Calendar,
  version: string,
): Promise<StoredSpec> {
  const bytes = readSpec(layout, id);
  if (bytes === null) {
    throw new LabError("not-found", `experiment ${id} has no SPEC.yaml`, {
      hint: "restore experiments/" + id + "/SPEC.yaml, or delete that folder",
    });
  }
  const sha256 = digest(bytes);
  const cache = join(layout.specCache, `${sha256}-${version}.json`);
  const cached = readCached(cache, id);
  if (cached !== null) return { spec: cached, sha256 };
  // Loaded here only: the YAML parser is half of this program's start-up cost.
  const { parseSpec } = await import("../domain/spec/parse.ts");
  const { spec } = parseSpec(bytes.toString("utf8"), experimentLayout(layout, id).spec, calendar);
  if (spec.id !== id) {
    throw new LabError("usage", `experiments/${id}/SPEC.yaml says id: ${spec.id}`, {
      hint: "an experiment keeps its id; create a new one instead",
    });
  }
  writeCached(layout, cache, spec);
  return { spec, sha256 };
}

function readSpec(layout: Layout, id: string): Buffer | null {
  try {
    return readFileSync(experimentLayout(layout, id).spec);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(systemCode(error))) return null;
    throw error;
  }
}

function digest(bytes: Buffer): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** The cache guards itself: its first line is the digest of the rest. */
function readCached(path: string, id: string): Spec | null {
  try {
    const text = readFileSync(path, "utf8");
    const newline = text.indexOf("\n");
    const body = text.slice(newline + 1);
    if (text.slice(0, newline) !== digest(Buffer.from(body))) return null;
    const spec: Spec = JSON.parse(body);
    return spec.id === id ? spec : null;
  } catch {
    return null;
  }
}

/** A cache that cannot be written (read-only data root, full disk) costs time, nothing else. */
function writeCached(layout: Layout, path: string, spec: Spec): void {
  const body = JSON.stringify(spec);
  try {
    mkdirSync(layout.specCache, { recursive: true });
    replaceFile(path, `${digest(Buffer.from(body))}\n${body}`);
  } catch (error) {
    if (systemCode(error) === "") throw error;
  }
}
