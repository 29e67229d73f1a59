import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CostBook, PlannedCall, SettledCall } from "../../../src/agents/costs.ts";
import { openCostBook } from "../../../src/app/model/cost-book.ts";
import { LabError } from "../../../src/domain/errors.ts";
import { costLine } from "../../../src/reduce/costs.ts";
import type { ExperimentView } from "../../../src/reduce/views.ts";
import { experimentLayout } from "../../../src/store/layout.ts";
import { labRoot, storeOf, type LabRoot } from "../../helpers/lab-root.ts";
import { race } from "../../helpers/racers.ts";
import { tempDir } from "../../helpers/temp.ts";

const CALL: PlannedCall = {
  purpose: "propose",
  provider: "openai",
  model: "m",
  usd: 0.4,
  tokens: 1000,
  prompt_sha256: "ab",
};

const ANSWERED: SettledCall = {
  cost: { usd: 0.1, tokens: 300, source: "priced" },
  input_tokens: 200,
  output_tokens: 100,
  outcome: "answered",
  duration_ms: 5,
};

async function bookOf(lab: LabRoot): Promise<CostBook> {
  const spec = await lab.session.store.spec("tune");
  return openCostBook(lab.session, { spec, call_ms: 60_000 });
}

async function labWith(stop_conditions: object): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("tune", { stop_conditions });
  return lab;
}

function viewOf(lab: LabRoot): Promise<ExperimentView> {
  return lab.session.store.view("tune");
}

async function refusal(promise: Promise<unknown>): Promise<LabError> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof LabError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

describe("openCostBook()", () => {
  test("counts what is reserved until it is settled, and refuses what may cross the cap", async () => {
    using lab = await labWith({ max_usd: 1 });
    const book = await bookOf(lab);
    const first = await book.reserve(CALL);
    await book.reserve(CALL);
    expect(await viewOf(lab)).toMatchObject({ cost_usd: 0.8, cost_tokens: 2000, cost_calls: 2 });
    const error = await refusal(book.reserve(CALL));
    expect(error).toMatchObject({ code: "stop-reached", exitCode: 4 });
    expect(error.message).toBe(
      "tune: a call of the model may take $0.4000, and $0.2000 is left of max_usd 1",
    );
    await book.settle(first, ANSWERED);
    await book.reserve(CALL);
    const view = await viewOf(lab);
    expect(view).toMatchObject({ cost_usd: 0.9, cost_sources: { priced: 0.1 }, cost_calls: 3 });
    expect(costLine(view)).toBe(
      "$0.9000 and 2300 tokens in 3 calls ($0.1000 priced, $0.8000 reserved)",
    );
  });

  test("counts tokens likewise, and a cap of 0 forbids all", async () => {
    using lab = await labWith({ max_tokens: 1500 });
    const book = await bookOf(lab);
    await book.reserve(CALL);
    expect((await refusal(book.reserve(CALL))).message).toBe(
      "tune: a call of the model may take 1000 tokens, and 500 is left of max_tokens 1500",
    );
    using none = await labWith({ max_usd: 0 });
    expect((await refusal((await bookOf(none)).reserve(CALL))).code).toBe("stop-reached");
    expect((await viewOf(none)).phase).toBe("queued");
  });

  test("a call whose process is gone has cost what was reserved for it", async () => {
    using lab = await labWith({ max_usd: 1 });
    const book = await bookOf(lab);
    await book.reserve(CALL);
    lab.clock.advance(61_000);
    await book.reserve(CALL);
    expect(await viewOf(lab)).toMatchObject({ cost_usd: 0.8, cost_sources: { assumed: 0.4 } });
    expect((await viewOf(lab)).open_calls).toHaveLength(1);
  });

  test("costs.jsonl has every decision, and comes back byte for byte", async () => {
    using lab = await labWith({ max_usd: 0.5 });
    const book = await bookOf(lab);
    await book.settle(await book.reserve(CALL), ANSWERED);
    await book.reserve(CALL);
    await refusal(book.reserve(CALL));
    await lab.session.store.flush();
    const { costs, status } = experimentLayout(lab.layout, "tune");
    const before = [costs, status].map((path) => readFileSync(path, "utf8"));
    const rows = (before[0] ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ phase, usd, source }) => [phase, usd, source])).toEqual([
      ["reserved", 0.4, undefined],
      ["settled", 0.1, "priced"],
      ["reserved", 0.4, undefined],
      ["refused", 0.4, undefined],
    ]);
    rmSync(costs);
    rmSync(status);
    const again = storeOf(lab.layout);
    await again.sync();
    await again.view("tune");
    await again.flush();
    again.close();
    expect([costs, status].map((path) => readFileSync(path, "utf8"))).toEqual(before);
  });

  test("what was decided stays decided when the cap is changed", async () => {
    using lab = await labWith({ max_usd: 0.5 });
    const book = await bookOf(lab);
    await book.reserve(CALL);
    await refusal(book.reserve(CALL));
    const { spec } = experimentLayout(lab.layout, "tune");
    await Bun.write(spec, readFileSync(spec, "utf8").replace("0.5", "5"));
    const again = storeOf(lab.layout);
    await again.sync();
    expect(await again.view("tune")).toMatchObject({ cost_usd: 0.4, cost_calls: 1 });
    again.close();
  });

  test("four processes that race for the last cent never spend more than there is", async () => {
    using lab = await labWith({ max_usd: 0.25 });
    using folder = tempDir();
    await race(join(import.meta.dir, "race-for-money.ts"), folder.path, 4, lab.lab.root);
    await lab.session.store.sync();
    const view = await viewOf(lab);
    expect(view).toMatchObject({ cost_usd: 0.25, cost_calls: 25, open_calls: [] });
  });
});
