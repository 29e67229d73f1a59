import type { Route } from "../route.ts";

export type Matched =
  | { kind: "route"; route: Route; params: Record<string, string> }
  | { kind: "not-found" }
  /** There is something at that path, for these methods. */
  | { kind: "other-method"; allow: string[] }
  | { kind: "bad-path" };

interface Compiled {
  route: Route;
  /** A word, or the name of a parameter. */
  parts: { text: string; isParam: boolean }[];
}

/** A name in a path never holds what a file system could read as more than one name. */
// oxlint-disable-next-line no-control-regex
const DANGEROUS = /[/\\\u0000-\u001f\u007f]/;
const MAX_PART = 300;

/** Finds the route of a method and a path as it came, percent-encoded and not normalised. */
export function routeTable(routes: readonly Route[]): (method: string, path: string) => Matched {
  const byLength = new Map<number, Compiled[]>();
  for (const route of routes) {
    const parts = partsOf(route.pattern).map((text) =>
      text.startsWith(":") ? { text: text.slice(1), isParam: true } : { text, isParam: false },
    );
    byLength.set(parts.length, [...(byLength.get(parts.length) ?? []), { route, parts }]);
  }

  return (method, path) => {
    const given = partsOf(path);
    const allow: string[] = [];
    let isBad = false;
    for (const { route, parts } of byLength.get(given.length) ?? []) {
      const params = match(parts, given);
      if (params === null) continue;
      if (params === "bad") isBad = true;
      else if (route.method === method) return { kind: "route", route, params };
      else allow.push(route.method);
    }
    if (isBad) return { kind: "bad-path" };
    return allow.length > 0 ? { kind: "other-method", allow } : { kind: "not-found" };
  };
}

function partsOf(path: string): string[] {
  return path.slice(1).split("/");
}

function match(
  parts: Compiled["parts"],
  given: readonly string[],
): Record<string, string> | "bad" | null {
  const params: Record<string, string> = {};
  for (const [index, { text, isParam }] of parts.entries()) {
    const raw = given[index] ?? "";
    if (!isParam && raw !== text) return null;
    if (!isParam) continue;
    const value = decoded(raw);
    if (value === null) return "bad";
    params[text] = value;
  }
  return params;
}

function decoded(raw: string): string | null {
  let value = raw;
  if (raw.includes("%")) {
    try {
      value = decodeURIComponent(raw);
    } catch {
      return null;
    }
  }
  const isName = value !== "" && value !== "." && value !== ".." && value.length <= MAX_PART;
  return isName && !DANGEROUS.test(value) ? value : null;
}

/** Path and query of the URL of a request, as they came. */
export function splitUrl(url: string): { path: string; query: string } {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", url.indexOf("://") + 3);
  if (start < 0) return { path: "/", query: "" };
  const hash = url.indexOf("#", start);
  const end = hash < 0 ? url.length : hash;
  const mark = url.indexOf("?", start);
  return mark < 0 || mark > end
    ? { path: url.slice(start, end), query: "" }
    : { path: url.slice(start, mark), query: url.slice(mark + 1, end) };
}
