import { join } from "node:path";
import { askModel, type Answered, type Question } from "../../src/agents/ask-model.ts";
import type { CostBook, PlannedCall, SettledCall } from "../../src/agents/costs.ts";
import { openProvider } from "../../src/agents/open-provider.ts";
import type { ProviderName } from "../../src/agents/provider-names.ts";
import type { Dialect } from "../../src/agents/provider.ts";
import { secretsOf } from "../../src/domain/agent/redact.ts";
import { LabError } from "../../src/domain/errors.ts";
import type { Spec } from "../../src/domain/spec/spec.ts";
import type { JsonObject } from "../../src/domain/types.ts";
import { processes, specWith } from "../run/request.ts";

export interface Asked {
  answered: Answered<number>;
  reserved: PlannedCall[];
  settled: SettledCall[];
  dialects: Map<string, Dialect>;
  log: string[];
}

export interface AskOptions {
  folder: string;
  spec?: Partial<Spec>;
  env?: Record<string, string>;
  words?: string[];
  prompt?: string;
  dialects?: Map<string, Dialect>;
  timeout_ms?: number;
  stub?: JsonObject;
  id?: string;
}

/** Asks a provider for `{"n": NUMBER}` with a number up to 10. */
export async function ask(name: ProviderName, options: AskOptions): Promise<Asked> {
  const reserved: PlannedCall[] = [];
  const settled: SettledCall[] = [];
  const log: string[] = [];
  const dialects = options.dialects ?? new Map<string, Dialect>();
  const costs: CostBook = {
    async reserve(call) {
      reserved.push(call);
      return String(reserved.length);
    },
    async settle(_, call) {
      settled.push(call);
    },
  };
  const env = { PATH: process.env["PATH"] ?? "", ...options.env };
  const spec = specWith({ agent_provider: name, ...options.spec });
  const provider = openProvider(name, {
    spec,
    env,
    processes,
    words: options.words ?? [],
    proposals: join(options.folder, "proposals"),
    stub: () => options.stub ?? { n: 1 },
  });
  const question: Question<number> = {
    provider,
    costs,
    clock: { now: () => new Date(), monotonic_ms: () => performance.now() },
    system: "Answer with one JSON object.",
    prompt: options.prompt ?? "Which number?",
    schema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
    check: ({ n }) =>
      typeof n === "number" && n <= 10
        ? { value: n }
        : { problems: [`n: expected a number up to 10, got ${JSON.stringify(n)}`] },
    dialects: {
      recall: (endpoint) => dialects.get(endpoint) ?? null,
      remember: (endpoint, dialect) => void dialects.set(endpoint, dialect),
    },
    id: options.id ?? "demo-1",
    iteration: 1,
    scratch: join(options.folder, "scratch"),
    max_output_tokens: 1000,
    timeout_ms: options.timeout_ms ?? 20_000,
    signal: new AbortController().signal,
    price: null,
    unknown_usd: 0.05,
    secrets: secretsOf(env),
    log: (message) => void log.push(message),
    backoff_ms: 1,
  };
  const answered = await askModel(question);
  return { answered, reserved, settled, dialects, log };
}

/** What a call is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${String(error)}`);
}
