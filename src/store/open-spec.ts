import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../domain/spec/spec.ts";
import { replaceFile } from "./durable.ts";
import { experimentLayout, type Layout } from "./layout.ts";

/**
 * Path of the SPEC that runs of `tier` may read: SPEC.yaml itself, or, where another tier is locked,
 * a copy that says nothing of how that one is measured. Copies lie under scratch/specs by content.
 */
export async function readableSpec(layout: Layout, spec: Spec, tier: string): Promise<string> {
  const path = experimentLayout(layout, spec.id).spec;
  if (spec.locked_tier === "" || spec.locked_tier === tier) return path;
  const text = readFileSync(path, "utf8");
  const digest = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  const copy = join(layout.specCache, `${digest}-open.yaml`);
  if (existsSync(copy)) return copy;
  const { setFields } = await import("../domain/spec/stored.ts");
  const fields = Object.keys(spec.overrides[spec.locked_tier] ?? {});
  const hidden = fields.map((field): [string, undefined] => [
    `${spec.locked_tier}_${field}`,
    undefined,
  ]);
  mkdirSync(layout.specCache, { recursive: true });
  replaceFile(copy, setFields(text, Object.fromEntries(hidden)));
  return copy;
}
