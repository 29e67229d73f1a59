import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const SRC = join(import.meta.dir, "../src");

/** Which folder of src may import which. What is missing here may be imported by nobody. */
const MAY: Record<string, string[]> = {
  domain: [],
  reduce: ["domain"],
  agents: ["domain", "reduce", "search"],
  schedule: ["domain", "reduce"],
  search: ["domain"],
  plot: ["domain", "reduce"],
  store: ["domain", "reduce"],
  run: ["domain"],
  app: ["domain", "reduce", "schedule", "search", "plot", "store", "run", "agents"],
  engines: ["domain", "store", "run"],
  net: ["domain"],
  worker: ["domain", "net", "store", "run"],
  hub: ["domain", "net", "reduce", "store", "run", "app", "engines"],
  cli: [
    "domain",
    "reduce",
    "schedule",
    "search",
    "plot",
    "store",
    "run",
    "agents",
    "app",
    "engines",
    "net",
    "worker",
    "hub",
  ],
  platform: ["domain"],
};

/** Files of src itself that a folder may import, besides ports.ts, which anybody may. */
const MAY_FILES: Record<string, string[]> = {
  app: ["assets.ts", "version.ts"],
  cli: ["assets.ts", "version.ts"],
  hub: ["install-script.ts"],
  platform: [],
};

/** Exceptions from the arrows, each with its reason. */
const EXCEPTIONS: Record<string, string> = {
  "domain/spec/starter.ts -> assets.ts": "starter experiments are made of embedded templates",
};

const PURE = ["domain", "reduce", "schedule", "search", "plot"];
const IMPURE: [string, RegExp][] = [
  ["a module of Node or Bun", /from "(node|bun):?/],
  ["Bun's files, processes or time", /\bBun\.(?!hash\b|stripANSI\b|stringWidth\b)/],
  ["the clock", /\bDate\.now\b|\bnew Date\(\)|\bperformance\./],
  ["randomness", /\bMath\.random\b|\bcrypto\./],
  ["the process", /\bprocess\.(env|argv|pid|platform|cwd|exit|std|hrtime|on)\b/],
];

/** Files over the limit, each with the reason why it is one file. */
const MAX_LINES = 250;
const LONG: Record<string, string> = {
  "cli/registry.ts": "one table: every command with its summary",
  "app/iterate.ts": "one loop with one state: starting, waiting and stopping belong together",
  "reduce/experiment.ts": "the one fold of all events",
  "store/lab-store.ts": "one cursor and the maps that have to move with it",
};

interface Source {
  /** Relative to src. */
  path: string;
  text: string;
  /** Everything imported, types too: relative to src, or a package's name. */
  imports: string[];
  /** What is imported when it runs. */
  loads: string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)/g;

/** Bun's own scan leaves out imports of types, so those are found by their text. */
function importsOf(path: string, text: string): Pick<Source, "imports" | "loads"> {
  const loader = path.endsWith("x") ? "tsx" : "ts";
  const scanned = new Bun.Transpiler({ loader }).scanImports(text).map((found) => found.path);
  const written = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
  const inSrc = (names: string[]): string[] =>
    [...new Set(names)].map((name) =>
      name.startsWith(".") ? relative(SRC, resolve(SRC, dirname(path), name)) : name,
    );
  return { imports: inSrc([...scanned, ...written]), loads: inSrc(scanned) };
}

function readSources(): Source[] {
  const paths = [...new Bun.Glob("**/*.{ts,tsx}").scanSync({ cwd: SRC })].sort();
  return paths
    .filter((path) => !path.endsWith(".d.ts"))
    .map((path) => {
      const text = readFileSync(join(SRC, path), "utf8");
      return { path, text, ...importsOf(path, text) };
    });
}

function folderOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** Whether a file in `from` may import `target`, a path relative to src. */
function mayImport(from: string, target: string): boolean {
  const to = folderOf(target);
  if (to === from) return true;
  if (to === "") return target === "ports.ts" || (MAY_FILES[from] ?? []).includes(target);
  return (MAY[from] ?? []).includes(to);
}

const sources = readSources();
const known = new Set(sources.map((source) => source.path));

describe("imports", () => {
  test("point down only", () => {
    const wrong = sources
      .filter(({ path }) => folderOf(path) !== "")
      .flatMap(({ path, imports }) =>
        imports
          .filter((target) => known.has(target) && !mayImport(folderOf(path), target))
          .map((target) => `${path} -> ${target}`),
      );
    expect(wrong.sort()).toEqual(Object.keys(EXCEPTIONS).sort());
  });

  test("know every folder", () => {
    const folders = new Set(
      sources.map(({ path }) => folderOf(path)).filter((name) => name !== ""),
    );
    expect([...folders].sort()).toEqual(Object.keys(MAY).sort());
  });

  test("lead somewhere: every relative import is a file, with its ending", () => {
    const lost = sources.flatMap(({ path, imports }) =>
      imports
        .filter((target) => /^[a-z]+\/.*|^[a-z-]+\.ts$/.test(target) && target.endsWith(".ts"))
        .filter((target) => !known.has(target))
        .map((target) => `${path} -> ${target}`),
    );
    expect(lost).toEqual([]);
  });

  test("have no cycle", () => {
    const graph = new Map(sources.map(({ path, loads }) => [path, loads]));
    const done = new Set<string>();
    const cycles: string[] = [];
    function visit(path: string, trail: string[]): void {
      const start = trail.indexOf(path);
      if (start >= 0) cycles.push([...trail.slice(start), path].join(" -> "));
      if (start >= 0 || done.has(path)) return;
      for (const next of graph.get(path) ?? []) if (graph.has(next)) visit(next, [...trail, path]);
      done.add(path);
    }
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });

  test("of platform/ are main.ts's alone", () => {
    const users = sources.filter(
      ({ path, imports }) =>
        folderOf(path) !== "platform" && imports.some((target) => folderOf(target) === "platform"),
    );
    expect(users.map(({ path }) => path)).toEqual(["main.ts"]);
  });
});

describe("pure folders", () => {
  test("touch no file, process, clock or randomness", () => {
    const found = sources
      .filter(({ path }) => PURE.includes(folderOf(path)))
      .flatMap(({ path, text }) => {
        const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "");
        return IMPURE.filter(([, pattern]) => pattern.test(code)).map(
          ([what]) => `${path}: ${what}`,
        );
      });
    expect(found).toEqual([]);
  });
});

describe("files", () => {
  test("are short, or listed with the reason why not", () => {
    const long = sources.filter(({ text }) => text.trimEnd().split("\n").length > MAX_LINES);
    expect(long.map(({ path }) => path).filter((path) => !Object.hasOwn(LONG, path))).toEqual([]);
    expect(Object.keys(LONG).filter((path) => !known.has(path))).toEqual([]);
  });

  test("and folders are named in kebab-case", () => {
    const names = sources.flatMap(({ path }) => path.split("/"));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.tsx?)?$/.test(name))).toEqual([]);
  });

  test("export names, not defaults", () => {
    const defaults = sources.filter(({ text }) => /^export default\b/m.test(text));
    expect(defaults.map(({ path }) => path)).toEqual([]);
  });
});
