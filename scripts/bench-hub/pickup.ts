import { join } from "node:path";
import { packageText } from "./documents.ts";
import { ask } from "./http.ts";
import { echo } from "./floors.ts";
import { ms, perSecond, quantile, row, type Group } from "./row.ts";
import { startHub } from "./start-hub.ts";
import { runLoad, submitAll } from "./throughput.ts";

const ROUNDS = 300;
const TARGET_MS = 10;

/** From before a package is handed in to when a worker that waits for one has it. */
export async function pickup(folder: string): Promise<Group> {
  await using hub = await startHub(join(folder, "hub-pickup"), 1);
  const [token = ""] = hub.workers;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const key = `claim-of-round-${round}`;
    const claim = { key, slots: 1, gpus: 0, wait_s: 60, time_left_s: null, only: null };
    const claimed = ask(`${hub.url}/v1/claims`, token, JSON.stringify(claim));
    await waitForIdle(hub.url, hub.token);
    const started = performance.now();
    await Promise.all([ask(`${hub.url}/v1/packages`, hub.token, packageText(round)), claimed]);
    times.push(performance.now() - started);
  }
  const best = await echo(1, 1000);
  const p50 = quantile(times, 0.5);
  return {
    title: "An idle worker (long poll)",
    rows: [
      row("submit to claimed, p50", ms(p50), {
        floor: ms(2 * best.p50),
        target: `<= ${TARGET_MS} ms`,
        ok: p50 <= TARGET_MS,
      }),
      row("submit to claimed, p99", ms(quantile(times, 0.99)), { floor: ms(2 * best.p99) }),
    ],
  };
}

async function waitForIdle(url: string, token: string): Promise<void> {
  for (;;) {
    const { idle } = Object(await ask(`${url}/v1/queue`, token, "", "GET"));
    if (idle === 1) return;
  }
}

const SLOTS = 16;

/** `tasks` runs of a second on 16 slots. The floor is what they take without any dispatch. */
export async function farm(folder: string, tasks: number): Promise<Group> {
  await using hub = await startHub(join(folder, "hub-farm"), SLOTS);
  await submitAll(hub, tasks);
  const { seconds, done } = await runLoad(hub, { run_ms: 1000, tasks });
  if (done < tasks) throw new Error(`${done} of ${tasks} were done`);
  const floor = tasks / SLOTS;
  // The goal of 640 s for 10,000 of them is 15 s of dispatch, 2.4 % of the work.
  const most = (floor * 640) / 625;
  return {
    title: "Many short runs",
    rows: [
      row(
        `${tasks.toLocaleString("en")} runs of 1 s on ${SLOTS} slots`,
        `${seconds.toFixed(1)} s`,
        {
          floor: `${floor.toFixed(1)} s`,
          target: `<= ${most.toFixed(1)} s`,
          ok: seconds <= most,
        },
      ),
      row("  of it dispatch, a run", ms(((seconds - floor) * 1000 * SLOTS) / tasks), {}),
      row("  rate", perSecond(done / seconds)),
    ],
  };
}
