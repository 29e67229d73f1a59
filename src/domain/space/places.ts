import { isAlias, isMap, isNode, isScalar, isSeq } from "yaml";
import type { Document, Pair } from "yaml";

/** Keys written twice in one object, with both places: JSON would silently keep the last. */
export function duplicateKeys(
  node: unknown,
  at: (offset: number) => string,
  name: string,
): string[] {
  if (!isMap(node)) return [];
  const first = new Map<string, number>();
  const problems: string[] = [];
  for (const pair of node.items) {
    const key = keyOf(pair);
    const offset = offsetOfNode(pair.key);
    const earlier = first.get(key);
    const label = name === "" ? `${key}:` : `${name}: ${key}`;
    if (earlier === undefined) first.set(key, offset);
    else problems.push(`${at(offset)} ${label} is given twice, first at ${at(earlier)}`);
    problems.push(...duplicateKeys(pair.value, at, name === "" ? key : name));
  }
  return problems;
}

/** Offset of the value at a path, or of its nearest parent that is in the text. */
export function offsetOf(document: Document.Parsed, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = offsetOfNode(node);
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = offsetOfNode(node);
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find((item) => keyOf(item) === key);
    if (pair === undefined) break;
    const isLast = depth === path.length - 1;
    // A parameter is pointed at by its name, a key of it by its value.
    offset = offsetOfNode(isLast && depth > 0 ? pair.value : pair.key);
    node = pair.value;
  }
  return offset;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function offsetOfNode(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
