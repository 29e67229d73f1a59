import { join } from "node:path";
import type { Environment } from "./environment.ts";
import type { SearchRow } from "./rows.ts";
import type { Answer, Task } from "./worker.ts";

export interface PoolOptions {
  jobs: number;
  environment: Environment | null;
  /** No task is started after this time, by performance.now(). */
  until: number;
  done: (row: SearchRow) => void;
  /** A search that broke off; the others go on. */
  failed: (message: string) => void;
}

/** Runs the tasks in their order on several processes. A process that ends early is an error. */
export async function runTasks(tasks: readonly Task[], options: PoolOptions): Promise<void> {
  let next = 0;
  const take = (): Task | undefined =>
    performance.now() < options.until ? tasks[next++] : undefined;
  await Promise.all(Array.from({ length: options.jobs }, () => runWorker(take, options)));
}

async function runWorker(
  take: () => Task | undefined,
  { environment, done, failed }: PoolOptions,
): Promise<void> {
  let task = take();
  if (task === undefined) return;
  const finished = Promise.withResolvers<void>();
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "worker.ts"), JSON.stringify(environment)],
    {
      stdout: "inherit",
      stderr: "inherit",
      ipc(answer: Answer) {
        if ("error" in answer) failed(answer.error);
        else done(answer.row);
        task = take();
        if (task === undefined) finished.resolve();
        else child.send(task);
      },
      onExit() {
        finished.reject(new Error(`a worker ended in ${JSON.stringify(task)}`));
      },
    },
  );
  child.send(task);
  try {
    await finished.promise;
  } finally {
    child.disconnect();
    await child.exited;
  }
}
