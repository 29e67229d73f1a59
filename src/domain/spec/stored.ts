import { parseDocument } from "yaml";
import type { JsonValue } from "../types.ts";

/**
 * The SPEC text to store in the data root: `text` with these fields changed, and comments, order
 * and every other field as they were. `text` must be a SPEC that parseSpec accepts.
 */
export function renderStoredSpec(text: string, changes: { workspace_root?: string }): string {
  const { workspace_root } = changes;
  return workspace_root === undefined ? text : setFields(text, { workspace_root });
}

/** `text` with each of `fields` set, or removed where undefined. Comments stay. */
export function setFields(text: string, fields: Record<string, JsonValue | undefined>): string {
  const document = parseDocument(text, { uniqueKeys: false });
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) document.delete(name);
    else document.set(name, typeof value === "object" ? document.createNode(value) : value);
  }
  // Unlimited width: a folded command line would be hard to read, and to search for.
  return document.toString({ lineWidth: 0 });
}
