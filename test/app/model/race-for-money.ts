import { openCostBook } from "../../../src/app/model/cost-book.ts";
import { openSession } from "../../../src/app/session.ts";
import { LabError } from "../../../src/domain/errors.ts";
import { systemCalendar } from "../../../src/platform/calendar.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { systemRandom } from "../../../src/platform/random.ts";
import { start } from "../../helpers/racers.ts";

// Reserves and settles calls of one cent each until it is refused.
const { args } = await start();
const session = await openSession({
  root: args[0] ?? "",
  clock: systemClock,
  random: systemRandom,
  calendar: systemCalendar,
  processes: createProcesses(),
  log: { info: () => {}, warn: () => {} },
  version: "test",
  env: {},
});
const spec = await session.store.spec("tune");
const costs = openCostBook(session, { spec, call_ms: 60_000 });
const call = {
  purpose: "propose",
  provider: "openai",
  model: "m",
  usd: 0.01,
  tokens: 100,
  prompt_sha256: "",
};
try {
  for (;;) {
    const id = await costs.reserve(call);
    await costs.settle(id, {
      cost: { usd: 0.01, tokens: 100, source: "reported" },
      input_tokens: 90,
      output_tokens: 10,
      outcome: "answered",
      duration_ms: 1,
    });
  }
} catch (error) {
  if (!(error instanceof LabError) || error.code !== "stop-reached") throw error;
}
session.store.close();
