import { join } from "node:path";
import { openLedger } from "../../../src/store/ledger.ts";
import { start } from "../../helpers/racers.ts";

const { folder, number } = await start();
const ledger = openLedger(join(folder, "events.jsonl"), `w${number}`);
const reason = "x".repeat(number * 3000);
for (let n = 0; n < 100; n += 1) {
  const ts = `${number} ${n}`;
  const event = { type: "run_interrupted", ts, experiment: "e", run_id: "r", reason } as const;
  ledger.append([event, event], { sync: n % 25 === 0 });
}
ledger.close();
