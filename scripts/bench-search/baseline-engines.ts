import { join } from "node:path";
import type { JsonValue, Params } from "../../src/domain/types.ts";
import type { Engine } from "./engine.ts";
import type { Environment } from "./environment.ts";
import { isRecord, startPython, type PythonProcess } from "./python.ts";

const SCRIPT = join(import.meta.dir, "baselines.py");

/** Name in the report, name in baselines.py, and which Optuna it wants. */
const BASELINES = [
  { name: "optuna-4.9", engine: "optuna", old: true, slow: false },
  { name: "optuna-5", engine: "optuna", old: false, slow: false },
  { name: "optuna-gp", engine: "optuna-gp", old: false, slow: true },
  { name: "optuna-cmaes", engine: "optuna-cmaes", old: false, slow: false },
  { name: "catcma", engine: "catcma", old: false, slow: false },
  { name: "nevergrad-ngopt", engine: "nevergrad-ngopt", old: false, slow: false },
  { name: "nevergrad-cma", engine: "nevergrad-cma", old: false, slow: false },
];

/** Baselines share one process for each version of Optuna; `close` ends those that were started. */
export interface Baselines {
  engines: Engine[];
  versions(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export function baselineEngines(environment: Environment): Baselines {
  const processes = new Map<boolean, PythonProcess>();
  const processFor = (old: boolean): PythonProcess => {
    const path = old ? environment.optuna4 : null;
    const running = processes.get(old);
    // An engine that fell over took its process along.
    if (running !== undefined && !running.hasEnded()) return running;
    const started = startPython(environment.python, SCRIPT, path);
    processes.set(old, started);
    return started;
  };
  const engines = BASELINES.filter(({ slow }) => !slow || environment.torch).map(
    ({ name, engine, old, slow }): Engine => ({
      name,
      isOurs: false,
      isSlow: slow,
      async open(problem, seed, budget) {
        const python = processFor(old);
        await python.call({ op: "open", engine, space: problem.space, seed, budget });
        return {
          async ask() {
            return paramsOf(await python.call({ op: "ask" }));
          },
          async tell(value) {
            await python.call({ op: "tell", value });
          },
        };
      },
    }),
  );
  return {
    engines,
    async versions() {
      const [five, four] = await Promise.all(
        [false, true].map((old) => processFor(old).call({ op: "versions" })),
      );
      const known = { ...five, "optuna (4.9)": four?.["optuna"] };
      return Object.fromEntries(
        Object.entries(known).flatMap(([name, version]) =>
          typeof version === "string" ? [[name, version]] : [],
        ),
      );
    },
    async close() {
      await Promise.all([...processes.values()].map((python) => python.close()));
      processes.clear();
    },
  };
}

function paramsOf(answer: Record<string, unknown>): Params {
  const { params } = answer;
  if (!isRecord(params)) throw new Error(`baselines.py answered ${JSON.stringify(answer)}`);
  const checked: Params = {};
  for (const [name, value] of Object.entries(params)) checked[name] = jsonOf(name, value);
  return checked;
}

function jsonOf(name: string, value: unknown): JsonValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  throw new Error(`baselines.py proposed ${name} = ${JSON.stringify(value)}`);
}
