import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { listPrice, type Price } from "../domain/agent/prices.ts";
import { type Cost, costOf, mostTokens, mostUsd, type Usage } from "../domain/agent/usage.ts";
import type { JsonObject } from "../domain/types.ts";
import type { Clock } from "../ports.ts";
import type { CostBook } from "./costs.ts";
import {
  type Dialect,
  type Provider,
  type ProviderAnswer,
  ProviderFailure,
  type Turn,
} from "./provider.ts";

export interface CallContext {
  provider: Provider;
  costs: CostBook;
  clock: Clock;
  system: string;
  turns: readonly Turn[];
  schema: JsonObject;
  dialect: Dialect;
  id: string;
  iteration: number;
  /** Folder in which calls make folders of their own. */
  scratch: string;
  max_output_tokens: number;
  timeout_ms: number;
  signal: AbortSignal;
  /** What the SPEC says the model costs; null: by the price list. */
  price: Price | null;
  /** What a call costs at most when there is no price. */
  unknown_usd: number;
}

let calls = 0;

/**
 * One call: reserved before, settled after, whatever comes of it. Nothing is sent when it may cross
 * a cap.
 */
export async function callOnce(context: CallContext, purpose: string): Promise<string> {
  const { provider, clock, scratch } = context;
  calls += 1;
  const dir = join(scratch, `call-${process.pid}-${calls}`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    if (provider.free) return (await send(context, dir, 0)).text;
    const bytes = bytesOf(context);
    const price = context.price ?? listPrice(provider.model);
    const reserved = mostOf(context, bytes, price);
    const call = await context.costs.reserve({
      purpose,
      provider: provider.name,
      model: provider.model,
      ...reserved,
      prompt_sha256: sha256(JSON.stringify([context.system, context.turns])),
    });
    const started = clock.monotonic_ms();
    const settle = (cost: Cost, usage: Usage | null, outcome: string): Promise<void> =>
      context.costs.settle(call, {
        cost,
        input_tokens: usage?.input_tokens ?? null,
        output_tokens: usage?.output_tokens ?? null,
        outcome,
        duration_ms: Math.round(clock.monotonic_ms() - started),
      });
    try {
      const { text, usage } = await send(context, dir, reserved.usd);
      const sizes = { prompt_bytes: bytes, answer_bytes: Buffer.byteLength(text) };
      // What a program sent to its model in all, the text of this call does not say.
      const isUnknown = usage === null && provider.isProgram === true;
      const cost: Cost = isUnknown
        ? { ...reserved, source: "assumed" }
        : costOf(usage, sizes, price, reserved);
      await settle(cost, usage, "answered");
      return text;
    } catch (error) {
      if (!(error instanceof ProviderFailure)) {
        await settle({ ...reserved, source: "assumed" }, null, "failed");
        throw error;
      }
      const usage = error.details.usage ?? null;
      await settle(costOfFailure(error, bytes, price, reserved), usage, error.kind);
      throw error;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function send(context: CallContext, dir: string, budget_usd: number): Promise<ProviderAnswer> {
  return context.provider.call({ ...context, dir, budget_usd });
}

function bytesOf({ system, turns, schema }: CallContext): number {
  const texts = [system, ...turns.map(({ text }) => text), JSON.stringify(schema)];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function mostOf(
  { provider, max_output_tokens, unknown_usd }: CallContext,
  bytes: number,
  price: Price | null,
): { usd: number; tokens: number } {
  return {
    usd:
      price === null
        ? unknown_usd
        : Math.max(
            mostUsd(bytes, max_output_tokens, price),
            provider.isProgram === true ? unknown_usd : 0,
          ),
    tokens: mostTokens(bytes, max_output_tokens),
  };
}

/** A refused request costs nothing; what was cut off may have cost all that was reserved. */
function costOfFailure(
  { details }: ProviderFailure,
  prompt_bytes: number,
  price: Price | null,
  reserved: { usd: number; tokens: number },
): Cost {
  if (!details.billed) return { usd: 0, tokens: 0, source: "reported" };
  const usage = details.usage ?? null;
  if (usage === null) return { ...reserved, source: "assumed" };
  return costOf(usage, { prompt_bytes, answer_bytes: 0 }, price, reserved);
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
