import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { spaceFromValue } from "../../src/domain/space/parse-space.ts";
import { random } from "../../src/search/random.ts";
import type { Engine } from "./engine.ts";
import type { Outcome, Problem } from "./problem.ts";

/** What a row was made from. Rows made from something else are not mixed with new ones. */
export interface Stamp {
  /** The engine's code, or the pinned packages of a baseline. */
  engine_code: string;
  /** The problem as the engine sees it, and what its regret is measured against. */
  problem_code: string;
  /** For people: which labctl or which package. */
  version: string;
}

const HERE = import.meta.dir;
const CHECKOUT = join(HERE, "..", "..");
/** Nobody searches with this seed. */
const SEED = 1_000_033;
const POINTS = 8;

/** The stamp of a row, by the names of its engine and problem. */
export type Stamps = (engine: string, problem: string) => Stamp;

/**
 * Stamps for rows of these engines and problems. Ours share one code: that of everything that
 * proposing needs, bundled, so that comments and other parts of labctl do not count.
 */
export async function stampsFor(
  engines: readonly Engine[],
  problems: readonly Problem[],
  packages: Record<string, string>,
): Promise<Stamps> {
  const own = await codeOfOurs();
  const baselines = codeOfBaselines();
  const labctl = `labctl ${version} ${revision()}`.trim();
  const ours = new Set(engines.filter(({ isOurs }) => isOurs).map(({ name }) => name));
  const codes = new Map<string, string>();
  for (const problem of problems) codes.set(problem.name, await codeOfProblem(problem));
  return (engine, problem) => ({
    engine_code: ours.has(engine) ? own : baselines,
    problem_code: codes.get(problem) ?? "",
    version: ours.has(engine) ? labctl : packageOf(engine, packages),
  });
}

async function codeOfOurs(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(HERE, "our-engines.ts")],
    target: "bun",
    minify: true,
  });
  return digest(...(await Promise.all(outputs.map((output) => output.text()))));
}

function codeOfBaselines(): string {
  const files = [
    "baselines.py",
    "requirements.txt",
    "requirements-optuna4.txt",
    "requirements-torch.txt",
  ];
  return digest(...files.map(content));
}

/** From what it answers, except where Python answers: there from the program. */
export async function codeOfProblem(problem: Problem): Promise<string> {
  const space = JSON.stringify(problem.space);
  return problem.python
    ? digest(space, content("learn.py"))
    : digest(space, JSON.stringify(await answersOf(problem)));
}

async function answersOf(problem: Problem): Promise<Outcome[]> {
  const space = spaceFromValue(problem.space, problem.name);
  const instance = problem.instance(SEED, null);
  const outcomes: Outcome[] = [];
  for (let index = 0; index < POINTS; index++) {
    const request = { space, history: [], running: [], budget: POINTS, seed: SEED, index };
    outcomes.push(await instance.evaluate(random.propose(request).params, index));
  }
  return outcomes;
}

/** Name and version of the package behind a baseline. */
function packageOf(engine: string, packages: Record<string, string>): string {
  if (engine === "optuna-4.9") return `optuna ${packages["optuna (4.9)"] ?? ""}`.trim();
  const name = engine === "catcma" ? "cmaes" : (engine.split("-")[0] ?? engine);
  return `${name} ${packages[name] ?? ""}`.trim();
}

/** Commit, with a + when files that are tracked were changed since; empty outside of git. */
function revision(): string {
  const git = (...args: string[]): string =>
    Bun.spawnSync(["git", ...args], { cwd: CHECKOUT, stderr: "ignore" })
      .stdout.toString()
      .trim();
  const changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "scripts");
  return `${git("rev-parse", "--short", "HEAD")}${changed === "" ? "" : "+"}`;
}

function content(name: string): string {
  return readFileSync(join(HERE, name), "utf8");
}

function digest(...texts: string[]): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const text of texts) hash.update(`${text.length}\n${text}`);
  return hash.digest("hex").slice(0, 12);
}
