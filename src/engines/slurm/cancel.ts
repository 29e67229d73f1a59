import { LabError } from "../../domain/errors.ts";
import type { JobHandle } from "../engine.ts";
import { askSlurm, type Asking } from "./ask.ts";
import { readQueue } from "./queue.ts";

const LOOK_EVERY_MS = 1000;

/**
 * Asks the jobs to end (TERM to what their script became), and ends them after `grace_s`. Ids are
 * looked up by tag at that moment: Slurm gives ids out again. Throws `try-later` when Slurm does not answer.
 */
export async function cancelJobs(
  asking: Asking,
  handles: readonly JobHandle[],
  grace_s: number,
): Promise<void> {
  const tags = new Set(handles.map(({ tag }) => tag));
  const asked = await idsOf(asking, tags);
  if (asked.running.length > 0 && grace_s > 0) {
    // A job that has not started has nothing to be asked.
    await scancel(asking, asked.waiting);
    await scancel(asking, ["--batch", "--signal=TERM", ...asked.running]);
    const until = performance.now() + grace_s * 1000;
    while (performance.now() < until && (await idsOf(asking, tags)).running.length > 0) {
      await Bun.sleep(Math.min(LOOK_EVERY_MS, grace_s * 1000));
    }
  }
  const left = await idsOf(asking, tags);
  await scancel(asking, [...left.waiting, ...left.running]);
}

async function idsOf(asking: Asking, tags: ReadonlySet<string>) {
  const queue = await readQueue(asking);
  if (!("rows" in queue)) throw new LabError("try-later", `Slurm: ${queue.words}`);
  const live = [...queue.rows.values()].filter(
    ({ handle, state }) => tags.has(handle.tag) && state !== "gone",
  );
  const idsIn = (waiting: boolean): string[] =>
    live.filter(({ state }) => (state === "queued") === waiting).map(({ handle }) => handle.id);
  return { waiting: idsIn(true), running: idsIn(false) };
}

async function scancel(asking: Asking, words: readonly string[]): Promise<void> {
  if (words.length === 0) return;
  const answer = await askSlurm(asking, ["scancel", ...words]);
  // A job that ended meanwhile is no trouble.
  if (answer.ok || /already completing or completed|Invalid job id/i.test(answer.words)) return;
  throw new LabError("try-later", `Slurm: ${answer.words}`);
}
