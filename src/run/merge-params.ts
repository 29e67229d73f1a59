import type { JsonObject, JsonValue, Params } from "../domain/types.ts";

/**
 * Puts params into a JSON config: each replaces the top-level key of its name, else the nested key
 * nearest to the top, else is added at the top. Returns a new object; lists are not searched.
 */
export function mergeParams(config: JsonObject, params: Params): JsonObject {
  return Object.entries(params).reduce<JsonObject>(
    (merged, [name, value]) => setAt(merged, keyPath(merged, name) ?? [name], value),
    config,
  );
}

/** The path of the key called `name` that is nearest to the top; null when there is none. */
export function keyPath(config: JsonObject, name: string): string[] | null {
  let level: { path: string[]; object: JsonObject }[] = [{ path: [], object: config }];
  while (level.length > 0) {
    const holder = level.find(({ object }) => Object.hasOwn(object, name));
    if (holder !== undefined) return [...holder.path, name];
    level = level.flatMap(({ path, object }) =>
      Object.entries(object).flatMap(([key, value]) =>
        isJsonObject(value) ? [{ path: [...path, key], object: value }] : [],
      ),
    );
  }
  return null;
}

/** Whether a JSON value is an object, which lists and null are not. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Entries are rebuilt, never assigned: a key called `__proto__` stays a key. */
function setAt(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [key = "", ...rest] = path;
  const old = Object.hasOwn(object, key) ? object[key] : undefined;
  const next = rest.length > 0 && isJsonObject(old) ? setAt(old, rest, value) : value;
  const entries = Object.entries(object);
  const at = entries.findIndex(([name]) => name === key);
  if (at < 0) return Object.fromEntries([...entries, [key, next]]);
  return Object.fromEntries(entries.with(at, [key, next]));
}
