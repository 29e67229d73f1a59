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
let taken = 0;
let last = 0;

async function work(token: string, worker: number): Promise<void> {
  for (let turn = 0; taken < Number(tasks); turn++) {
    // Exactly as many as were asked for: other processes share the queue.
    taken += 1;
    const name = `${worker}-${turn}-${process.pid}`;
    const { lease, claim_ms } = await claim(token, name);
    if (Number(run_ms) > 0) await Bun.sleep(Number(run_ms));
    const ended = performance.now();
    const body = completeText(lease.package, lease.epoch, `end-${name}`);
    await ask(`${url}/v1/attempts/${lease.attempt}/complete`, token, body);
    pair_ms.push(claim_ms + performance.now() - ended);
    last = performance.now();
  }
}

interface Lease {
  attempt: string;
  package: string;
  epoch: number;
}

/** Waits until there is one. `claim_ms` is the time of the last request. */
async function claim(token: string, name: string): Promise<{ lease: Lease; claim_ms: number }> {
  for (let round = 0; ; round++) {
    const key = `claim-${name}-${round}`;
    const request = { key, slots: 1, gpus: 0, wait_s: 25, time_left_s: null, only: null };
    const asked = performance.now();
    const reply = await ask(`${url}/v1/claims`, token, JSON.stringify(request));
    if (reply === null) continue;
    const [lease]: Lease[] = Object(reply).leases;
    if (lease === undefined) throw new Error("a claim without a lease");
    return { lease, claim_ms: performance.now() - asked };
  }
}

const started = performance.now();
await Promise.all(tokens.map(work));
const seconds = (last - started) / 1000;
console.log(JSON.stringify({ done: pair_ms.length, seconds, pair_ms }));
