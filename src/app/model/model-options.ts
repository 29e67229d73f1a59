import { join } from "node:path";
import type { Question } from "../../agents/ask-model.ts";
import { openProvider, type ProviderOptions } from "../../agents/open-provider.ts";
import { noProvider, providerNamed, unknownProvider } from "../../agents/provider-names.ts";
import type { Provider } from "../../agents/provider.ts";
import type { Price } from "../../domain/agent/prices.ts";
import { secretsOf } from "../../domain/agent/redact.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Params } from "../../domain/types.ts";
import { splitCommand } from "../../run/command.ts";
import type { Session } from "../session.ts";
import { clearDeadCalls } from "./clear-dead-calls.ts";
import { openCostBook } from "./cost-book.ts";
import { dialectMemory } from "./dialect-memory.ts";

/** What a call whose price nobody knows is taken to cost: a request, and the session of an agent. */
const UNKNOWN_CALL_USD = 0.05;
const UNKNOWN_AGENT_USD = 0.5;
/** Beyond its own limit, until a call counts as lost. */
const SLACK_MS = 120_000;

/** The SPEC's provider for proposals as text. Throws `usage` for whatever is missing. */
export function providerOf(session: Session, spec: Spec, stub: ProviderOptions["stub"]): Provider {
  if (spec.agent_provider.trim() === "") throw noProvider();
  const name = providerNamed(spec.agent_provider);
  if (name === null) throw unknownProvider(spec.agent_provider, []);
  const { lab, store } = session;
  return openProvider(name, {
    spec,
    env: lab.env,
    processes: lab.processes,
    words: commandWords(spec),
    proposals: join(store.layout.control, "proposals"),
    stub,
  });
}

/** Who proposed, as provenance says it. */
export function madeBy({ name, model }: Pick<Provider, "name" | "model">): Params {
  return { provider: name, ...(model === "" ? {} : { model }) };
}

/** `agent_command` as words. */
export function commandWords(spec: Spec): string[] {
  return spec.agent_command === "" ? [] : splitCommand(spec.agent_command);
}

/** What every question to a model of this experiment has in common. */
export function questionOptions(
  session: Session,
  spec: Spec,
  provider: Pick<Provider, "name">,
): Pick<
  Question<unknown>,
  | "costs"
  | "clock"
  | "dialects"
  | "scratch"
  | "timeout_ms"
  | "price"
  | "unknown_usd"
  | "secrets"
  | "log"
> {
  const { lab, store } = session;
  const timeout_ms = timeoutOf(spec);
  const scratch = join(store.layout.scratch, "model-calls");
  clearDeadCalls(scratch, lab.processes);
  return {
    costs: openCostBook(session, { spec, call_ms: timeout_ms + SLACK_MS }),
    clock: lab.clock,
    dialects: dialectMemory(store.layout),
    scratch,
    timeout_ms,
    price: priceOf(spec),
    unknown_usd: unknownUsd(spec, provider.name),
    secrets: secretsOf(lab.env),
    log: (message) => lab.log.info(`${spec.id}: ${message}`),
  };
}

export function timeoutOf(spec: Spec): number {
  return spec.agent_timeout_seconds * 1000;
}

/** The SPEC's own price for tokens; null when it has none. */
export function priceOf({ agent_price }: Spec): Price | null {
  if (agent_price === null) return null;
  const { input_per_mtok, output_per_mtok, cached_per_mtok } = agent_price;
  if (input_per_mtok === undefined || output_per_mtok === undefined) return null;
  return {
    input_per_mtok,
    output_per_mtok,
    ...(cached_per_mtok === undefined ? {} : { cached_per_mtok }),
  };
}

/** What a call costs at most when its tokens have no price. */
export function unknownUsd({ agent_price }: Spec, provider: string): number {
  const isRequest = provider === "openai" || provider === "anthropic";
  return agent_price?.per_call ?? (isRequest ? UNKNOWN_CALL_USD : UNKNOWN_AGENT_USD);
}
