import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { EngineOptions } from "../domain/spec/engine-kinds.ts";
import type { Needs } from "../domain/dispatch/run-package.ts";
import type { JsonObject } from "../domain/types.ts";
import type { Layout } from "../store/layout.ts";
import { readLabSettings } from "../store/read-lab-settings.ts";
import type { Capabilities } from "./engine.ts";
import { openEngine } from "./open-engine.ts";
import { idleKind, jobRequest, kindsOf, mergedOptions } from "./provision/job-request.ts";
import { limitsOf } from "./provision/limits.ts";

export interface CheckParts {
  layout: Layout;
  engine: string;
  /** Of the experiment that it is checked for; null: by lab.yaml alone. */
  run: { needs: Needs; timeout_ms: number; options: EngineOptions } | null;
  environment: Readonly<Record<string, string | undefined>>;
  /** argv that starts this program again. */
  self: string[];
}

export interface EngineCheck {
  engine: string;
  capabilities: Capabilities;
  /** What a job would be asked for. */
  job: {
    cpus: number;
    gpus: number;
    memory_mb: number | null;
    minutes: number;
    options: JsonObject;
  };
  /** Why it would be refused, and what to do; null when it would be taken. */
  refused: string | null;
}

/**
 * Asks an engine what it can do, and tries a job in a dry run. Throws LabError: `usage` for an engine
 * or an option that there is not, `try-later` when the scheduler does not answer.
 */
export async function checkEngine(parts: CheckParts): Promise<EngineCheck> {
  const { layout, run } = parts;
  const opened = await openEngine({
    which: parts.engine,
    settings: readLabSettings(layout).engines,
    folder: join(layout.registry, "engines"),
    environment: parts.environment,
    self: parts.self,
    root: layout.root,
  });
  try {
    const { engine, name, labctl } = opened;
    const options = mergedOptions(name, opened.options, run?.options ?? {});
    const limits = limitsOf(options);
    const waiting = run === null ? [] : [{ package: "a run", ...run }];
    const { kinds, unfit } = kindsOf(name, options, limits, waiting);
    const [words] = unfit;
    if (words !== undefined) throw new LabError("usage", words);
    const [kind = idleKind(options, limits)] = kinds;
    const named = {
      tag: `lab-check-${name}-0`,
      package: null,
      hub: "http://127.0.0.1:7447",
      join: "",
    };
    const job = jobRequest(kind, { ...named, labctl, avoid_nodes: [] });
    const capabilities = await engine.capabilities();
    return {
      engine: name,
      capabilities,
      job: {
        cpus: job.cpus,
        gpus: job.needs.gpus,
        memory_mb: job.memory_mb,
        minutes: job.time_limit_s / 60,
        options,
      },
      refused: await engine.validate(job),
    };
  } finally {
    await opened.close();
  }
}
