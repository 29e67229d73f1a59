import { canonicalJson } from "../../domain/canonical-json.ts";
import type { EngineOptions, SupplyOptions } from "../../domain/spec/engine-kinds.ts";
import type { JsonObject } from "../../domain/types.ts";
import type { Needs } from "../../domain/dispatch/run-package.ts";
import type { WaitingRun } from "../demand.ts";
import type { JobRequest } from "../engine.ts";
import type { Group, Limits } from "./plan.ts";

/** A kind of job: what it is asked for, and for whom. */
export interface JobKind extends Group {
  needs: Needs;
  options: JsonObject & SupplyOptions;
  time_limit_s: number;
}

/** How long before the end of its time a job is warned: its worker has given back everything by then. */
export const WARNING_S = 120;
/** A job ends this much later than the longest run it is meant for. */
const MARGIN_S = WARNING_S + 60;
const PILOT_MINUTES = 60;
const IDLE_EXIT_S = 300;

/**
 * Sorts waiting runs into kinds of jobs, by needs and options; `base` are the options of lab.yaml,
 * and a SPEC's are stronger. `unfit` says in words which runs no job can be long enough for.
 */
export function kindsOf(
  engine: string,
  base: JsonObject & SupplyOptions,
  limits: Limits,
  waiting: readonly WaitingRun[],
): { kinds: JobKind[]; unfit: string[] } {
  const kinds = new Map<string, JobKind>();
  const unfit = new Set<string>();
  for (const run of waiting) {
    const options = mergedOptions(engine, base, run.options);
    const { time_minutes } = options;
    const needed_s = run.timeout_ms / 1000 + MARGIN_S;
    if (time_minutes !== undefined && needed_s > time_minutes * 60) {
      unfit.add(
        `${run.package} may take ${minutes(run.timeout_ms / 1000)} min and does not fit into a job of ${time_minutes}: raise time_minutes of ${engine} to ${minutes(needed_s)} or more`,
      );
      continue;
    }
    const key = groupKey(run.needs, options);
    const kind = kinds.get(key) ?? kindOf(key, run.needs, options, limits);
    const time_limit_s =
      time_minutes === undefined ? Math.max(kind.time_limit_s, needed_s) : time_minutes * 60;
    kinds.set(key, { ...kind, time_limit_s, waiting: [...kind.waiting, run] });
  }
  return { kinds: [...kinds.values()], unfit: [...unfit] };
}

/** The pilot that is kept although nothing waits. */
export function idleKind(base: JsonObject & SupplyOptions, limits: Limits): JobKind {
  const needs = { gpus: 0, labels: [] };
  return kindOf(groupKey(needs, base), needs, base, limits);
}

function kindOf(
  key: string,
  needs: Needs,
  options: JsonObject & SupplyOptions,
  { mode }: Limits,
): JobKind {
  const slots = mode === "direct" ? 1 : (options.slots ?? 1);
  const usual = mode === "direct" ? 0 : PILOT_MINUTES;
  return {
    key,
    slots,
    waiting: [],
    needs,
    options,
    time_limit_s: (options.time_minutes ?? usual) * 60,
  };
}

/** A SPEC's options of this engine over those of lab.yaml. */
export function mergedOptions(
  engine: string,
  base: JsonObject & SupplyOptions,
  options: EngineOptions,
): JsonObject & SupplyOptions {
  return { ...base, ...options[engine] };
}

function groupKey(needs: Needs, options: JsonObject): string {
  const text = canonicalJson({ gpus: needs.gpus, labels: needs.labels.toSorted(), options });
  return Bun.hash(text).toString(16).padStart(16, "0");
}

export interface RequestParts {
  tag: string;
  package: string | null;
  labctl: string[];
  /** Where workers find the hub: its address, with its pin; nothing in it is secret. */
  hub: string;
  /** A join token, or the whole join string. */
  join: string;
  avoid_nodes: string[];
}

/** The job of a kind: our own worker, which reads its token from standard input. */
export function jobRequest(kind: JobKind, parts: RequestParts): JobRequest {
  const { needs, options, slots } = kind;
  const { tag, hub, labctl, join, avoid_nodes } = parts;
  const time_limit_s = Math.ceil(kind.time_limit_s / 60) * 60;
  const program = options.labctl === undefined ? labctl : [options.labctl];
  const direct = parts.package === null ? [] : [`--only=${parts.package}`, "--once"];
  return {
    tag,
    argv: [
      ...program,
      "worker",
      `--hub=${hub}`,
      "--token-file=-",
      `--tag=${tag}`,
      `--slots=${slots}`,
      ...(needs.gpus > 0 ? ["--gpus=all"] : []),
      ...needs.labels.map((label) => `--label=${label}`),
      `--idle-exit=${options.idle_exit_seconds ?? IDLE_EXIT_S}`,
      `--time-limit=${time_limit_s - WARNING_S}`,
      ...direct,
    ],
    stdin: `${join}\n`,
    needs: { ...needs, gpus: needs.gpus * slots },
    cpus: options.cpus ?? slots,
    memory_mb: options.memory_mb ?? null,
    time_limit_s,
    avoid_nodes,
    options,
  };
}

const minutes = (seconds: number): number => Math.ceil(seconds / 60);
