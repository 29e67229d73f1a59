import type { CostBook, PlannedCall } from "../../agents/costs.ts";
import { LabError } from "../../domain/errors.ts";
import type { CostReserved, CostSettled } from "../../domain/events.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import { formatUsd, isOpen } from "../../reduce/costs.ts";
import type { OpenCall } from "../../reduce/cost-view.ts";
import type { ExperimentView } from "../../reduce/views.ts";
import type { Session } from "../session.ts";

interface BookOptions {
  /** With its stop_conditions, which have the caps. */
  spec: Spec;
  /** After this long a call that was not settled is taken to be lost. */
  call_ms: number;
}

/**
 * The account of an experiment's calls, in the ledger: any number of processes may share it, and
 * none of them gets past max_usd or max_tokens.
 */
export function openCostBook(session: Session, { spec, call_ms }: BookOptions): CostBook {
  const { store, lab } = session;
  const experiment = spec.id;
  const planned = new Map<string, PlannedCall>();
  const { max_usd = null, max_tokens = null } = spec.stop_conditions;

  async function reserve(call: PlannedCall): Promise<string> {
    await settleLost();
    const id = `CALL-${lab.random.hex(8)}`;
    const ts = session.now();
    const expires_at = new Date(Date.parse(ts) + call_ms).toISOString();
    const { purpose, provider, model, usd, tokens, prompt_sha256 } = call;
    const event: CostReserved = {
      type: "cost_reserved",
      ts,
      experiment,
      call: id,
      purpose,
      provider,
      model,
      usd,
      tokens,
      max_usd,
      max_tokens,
      prompt_sha256,
      expires_at,
    };
    // Synced: a call that was paid for must not be forgotten with the power.
    await store.record([event], { sync: true });
    const view = await store.view(experiment);
    if (!isOpen(view, id)) throw refused(event, view);
    planned.set(id, call);
    return id;
  }

  /** Calls of processes that are gone have cost what was reserved for them. */
  async function settleLost(): Promise<void> {
    const now = session.now();
    const { open_calls } = await store.view(experiment);
    const lost = open_calls.filter(({ expires_at }) => expires_at < now);
    if (lost.length === 0) return;
    await store.record(
      lost.map((call) => lostCall(call, experiment, now)),
      { sync: true },
    );
  }

  return {
    reserve,
    async settle(id, { cost, input_tokens, output_tokens, outcome, duration_ms }) {
      const { purpose = "", provider = "", model = "" } = planned.get(id) ?? {};
      planned.delete(id);
      const event: CostSettled = {
        type: "cost_settled",
        ts: session.now(),
        experiment,
        call: id,
        purpose,
        provider,
        model,
        ...cost,
        input_tokens,
        output_tokens,
        outcome,
        duration_ms,
      };
      await store.record([event], { sync: true });
    },
  };
}

function lostCall({ call, usd, tokens }: OpenCall, experiment: string, ts: string): CostSettled {
  return {
    type: "cost_settled",
    ts,
    experiment,
    call,
    purpose: "",
    provider: "",
    model: "",
    usd,
    tokens,
    source: "assumed",
    input_tokens: null,
    output_tokens: null,
    outcome: "lost",
    duration_ms: 0,
  };
}

function refused(
  { usd, tokens, max_usd, max_tokens, experiment }: CostReserved,
  view: ExperimentView,
): LabError {
  const byUsd = max_usd !== null && view.cost_usd + usd > max_usd;
  const [what, left, cap] = byUsd
    ? [formatUsd(usd), formatUsd(Math.max(0, max_usd - view.cost_usd)), `max_usd ${max_usd}`]
    : [
        `${tokens} tokens`,
        `${Math.max(0, (max_tokens ?? 0) - view.cost_tokens)}`,
        `max_tokens ${max_tokens}`,
      ];
  return new LabError(
    "stop-reached",
    `${experiment}: a call of the model may take ${what}, and ${left} is left of ${cap}`,
    {
      hint: `raise ${byUsd ? "max_usd" : "max_tokens"} in stop_conditions of SPEC.yaml, or search with another strategy`,
    },
  );
}
