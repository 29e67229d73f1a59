import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { YAMLMap } from "yaml";
import type { JsonObject, JsonValue } from "../types.ts";
import { keyName, offsetOf } from "./yaml-place.ts";
import type { Path } from "./yaml-place.ts";

const MAX_DEPTH = 64;
/** Aliases repeat what they name; a file of nine lines can stand for a billion values. */
const MAX_VALUES = 100_000;
const CORE_TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * The YAML tree as JSON values. Whatever JSON has no word for is told to `complain`, with its
 * offset in the text and its dotted path, and read as null.
 */
export function jsonValues(
  root: YAMLMap,
  complain: (offset: number, field: string, message: string) => void,
): JsonObject {
  const anchors = new Map<string, { value: JsonValue; size: number }>();
  let values = 0;

  const refuse = (node: unknown, path: Path, message: string): null => {
    complain(offsetOf(node), path.join(".") || "YAML", message);
    return null;
  };

  const readAlias = (name: string, node: unknown, path: Path): JsonValue => {
    const target = anchors.get(name);
    if (target === undefined) {
      return refuse(node, path, `expected an anchor &${name} before the alias *${name}, got none`);
    }
    values += target.size;
    if (values <= MAX_VALUES) return target.value;
    return refuse(node, path, `expected aliases to stand for at most ${MAX_VALUES} values in all`);
  };

  const readMap = (map: YAMLMap, path: Path): JsonObject => {
    const result: JsonObject = {};
    for (const { key, value } of map.items) {
      const name = keyName(key);
      if (name === null || name === "__proto__") {
        refuse(key, path, "expected a name before ':'");
      } else if (Object.hasOwn(result, name)) {
        refuse(key, [...path, name], "expected each field once, got it a second time");
      } else {
        result[name] = read(value, [...path, name]);
      }
    }
    return result;
  };

  const readPlain = (node: unknown, path: Path): JsonValue => {
    if (node === null) return null;
    if (path.length > MAX_DEPTH) {
      return refuse(node, path.slice(0, 3), `expected at most ${MAX_DEPTH} levels of nesting`);
    }
    const tag = tagOf(node);
    if (tag !== undefined && !CORE_TAGS.has(tag)) {
      return refuse(node, path, `expected a plain value, got the YAML tag ${tag}`);
    }
    if (isMap(node)) return readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => read(item, [...path, index]));
    const value = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return refuse(node, path, "expected text or a finite number");
  };

  const read = (node: unknown, path: Path): JsonValue => {
    if (isAlias(node)) return readAlias(node.source, node, path);
    const before = values++;
    const value = readPlain(node, path);
    // Known only once read, so that an alias inside its own anchor finds nothing.
    const anchor = anchorOf(node);
    if (anchor !== undefined) anchors.set(anchor, { value, size: values - before });
    return value;
  };

  return readMap(root, []);
}

function anchorOf(node: unknown): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
}

function tagOf(node: unknown): string | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
}
