/**
 * Simulated workers, in a process of their own: each claims one package, waits as long as its run
 * would take, completes it, and so on until the queue is empty.
 *
 *     bun scripts/bench-hub/load.ts URL RUN_MS TASKS TOKEN...
 *
 * Prints `{"done", "seconds", "pair_ms": [...]}`: how long claim and complete took together, each time.
 */
import { completeText } from "./documents.ts";
import { ask } from "./http.ts";

const [url = "", run_ms = "0", tasks = "0", ...tokens] = process.argv.slice(2);
const pair_ms: number[] = [];
const finished = Promise.withResolvers<void>();
let done = 0;
/** When the last one was done: others then still wait for work. */
let last = 0;

async function work(token: string, worker: number): Promise<void> {
  for (let turn = 0; done < Number(tasks); turn++) {
    const key = `claim-${worker}-${turn}-${process.pid}`;
    const started = performance.now();
    const claim = { key, slots: 1, gpus: 0, wait_s: 2, time_left_s: null, only: null };
    const reply = await ask(`${url}/v1/claims`, token, JSON.stringify(claim));
    const claimed_ms = performance.now() - started;
    if (reply === null) continue;
    const { leases } = Object(reply);
    const { attempt, package: pack, epoch } = leases[0];
    if (Number(run_ms) > 0) await Bun.sleep(Number(run_ms));
    const ended = performance.now();
    const body = completeText(pack, epoch, `end-${worker}-${turn}-${process.pid}`);
    await ask(`${url}/v1/attempts/${attempt}/complete`, token, body);
    pair_ms.push(claimed_ms + performance.now() - ended);
    done += 1;
    last = performance.now();
    if (done === Number(tasks)) finished.resolve();
  }
}

const started = performance.now();
const working = Promise.all(tokens.map(work));
// What a worker throws ends the bench.
await Promise.race([finished.promise, working]);
const seconds = (last - started) / 1000;
console.log(JSON.stringify({ done, seconds, pair_ms }));
process.exit();
