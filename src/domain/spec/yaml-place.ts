import { isAlias, isMap, isPair, isScalar, isSeq } from "yaml";

/** Names of fields and indexes of list items, from the top of the file. */
export type Path = readonly (string | number)[];

/** Offset in the text at which a node of the YAML tree begins; 0 for what has no place. */
export function offsetOf(node: unknown): number {
  if (isAlias(node) || isScalar(node) || isMap(node) || isSeq(node)) return node.range?.[0] ?? 0;
  return 0;
}

/**
 * Offset of the value at `path` below `root`, or of its key; for a path that is not in the file,
 * of the deepest part that is.
 */
export function offsetAt(root: unknown, path: Path, part: "key" | "value"): number {
  let node = root;
  let offset = 0;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step);
    if (child === undefined) break;
    const wantsKey = part === "key" && index === path.length - 1;
    node = isPair(child) ? child.value : child;
    offset = offsetOf(isPair(child) && (wantsKey || isAbsent(node)) ? child.key : node);
  }
  return offset;
}

/** The name a key stands for in JSON, or null when it is no name. */
export function keyName(key: unknown): string | null {
  const name = isScalar(key) ? key.value : null;
  if (typeof name === "string") return name;
  return typeof name === "number" || typeof name === "boolean" ? String(name) : null;
}

function childOf(node: unknown, step: string | number): unknown {
  if (isSeq(node)) return node.items[Number(step)];
  return isMap(node) ? node.items.find(({ key }) => keyName(key) === step) : undefined;
}

/** `key:` with nothing after it: the key is the better place to point at. */
function isAbsent(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && node.source === "");
}
