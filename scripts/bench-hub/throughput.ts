import { join } from "node:path";
import { packageText } from "./documents.ts";
import { CLIENTS_EACH, echo, syncTimes } from "./floors.ts";
import { ask, inParallel } from "./http.ts";
import { ms, perSecond, quantile, row, type Group, type HubRow } from "./row.ts";
import { startHub, type BenchHub } from "./start-hub.ts";

/** What load.ts prints. */
interface Load {
  done: number;
  seconds: number;
  pair_ms: number[];
}

const LEVELS = [
  { workers: 1, tasks: 1000 },
  { workers: 16, tasks: 8000 },
  { workers: 64, tasks: 20_000 },
  { workers: 256, tasks: 20_000 },
];
const TARGET_PER_S = 3000;
const TARGET_P99_MS = 50;

/** Durable claims and completes of 1 to 256 workers; floor: a server that only echoes as many bodies. */
export async function throughput(folder: string): Promise<Group> {
  const rows: HubRow[] = [];
  const syncs = await syncTimes(folder, 4096);
  const floor = `p99 ${ms(quantile(syncs, 0.99))}`;
  rows.push(row("append 4 KB and fdatasync", `p50 ${ms(quantile(syncs, 0.5))}`, { floor }));
  for (const { workers, tasks } of LEVELS) {
    await using hub = await startHub(join(folder, `hub-${workers}`), workers);
    const submit_s = await submitAll(hub, tasks);
    const load = await runLoad(hub, { run_ms: 0, tasks });
    const per_s = load.done / load.seconds;
    const p99 = quantile(load.pair_ms, 0.99);
    const best = await echo(workers, Math.min(40_000, tasks * 2));
    const isJudged = workers === 64;
    rows.push(
      row(`${workers} workers: claim+complete`, perSecond(per_s), {
        floor: `${perSecond(best.per_s / 2)} (echo)`,
        ...(isJudged ? { target: `>= ${TARGET_PER_S} /s`, ok: per_s >= TARGET_PER_S } : {}),
      }),
      row(`${workers} workers: both together, p50`, ms(quantile(load.pair_ms, 0.5)), {
        floor: ms(2 * best.p50),
      }),
      row(`${workers} workers: both together, p99`, ms(p99), {
        floor: ms(2 * best.p99),
        ...(isJudged ? { target: `<= ${TARGET_P99_MS} ms`, ok: p99 <= TARGET_P99_MS } : {}),
      }),
    );
    if (isJudged) {
      rows.push(row("64 at a time: submit", perSecond(tasks / submit_s)));
      rows.push(row("peak memory of that hub", `${hub.peak_mib()?.toFixed(0) ?? "?"} MiB`));
    }
  }
  return { title: "Durable claims and results (client and hub share the cores)", rows };
}

/** Seconds it took to hand in `count` packages, 64 at a time. */
export async function submitAll(hub: BenchHub, count: number): Promise<number> {
  const started = performance.now();
  await inParallel(count, 64, async (number) => {
    await ask(`${hub.url}/v1/packages`, hub.token, packageText(number));
  });
  return (performance.now() - started) / 1000;
}

export async function runLoad(
  { url, workers }: BenchHub,
  { run_ms, tasks }: { run_ms: number; tasks: number },
): Promise<Load> {
  const script = join(import.meta.dir, "load.ts");
  const processes = Math.ceil(workers.length / CLIENTS_EACH);
  const loads = await Promise.all(
    Array.from({ length: processes }, async (_, at) => {
      const tokens = workers.slice(at * CLIENTS_EACH, (at + 1) * CLIENTS_EACH);
      const share = Math.floor(tasks / processes) + Number(at < tasks % processes);
      const argv = [process.execPath, script, url, String(run_ms), String(share), ...tokens];
      const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
      const load: Load = JSON.parse(await child.stdout.text());
      return load;
    }),
  );
  return {
    done: loads.reduce((sum, { done }) => sum + done, 0),
    seconds: Math.max(...loads.map(({ seconds }) => seconds)),
    pair_ms: loads.flatMap(({ pair_ms }) => pair_ms),
  };
}
