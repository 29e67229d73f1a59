import { fsync, fsyncSync } from "node:fs";

/**
 * Work on files, cut where others may have their turn: each step is short, or asks for the sync of a
 * large open file, which takes as long as the disk does. One description for those who do it at once
 * and for those who have others to answer meanwhile.
 */
export type Steps<T> = Generator<Step, T, void>;
export type Step = "turn" | { sync: number };

/** After so many bytes of a file it is somebody else's turn: 8 MiB are hashed in 20 ms. */
export const STEP_BYTES = 8 * 1024 * 1024;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (value !== "turn") fsyncSync(value.sync);
  }
}

/** As atOnce(); between steps this process does what else there is to do. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    try {
      await (value === "turn" ? turn() : synced(value.sync));
    } catch (error) {
      // What the steps have open is closed by them.
      return finish(steps.throw(error));
    }
  }
}

/** Steps that go on after an error would hide it. */
function finish<T>(result: IteratorResult<Step, T>): T {
  if (result.done === true) return result.value;
  throw new Error("the steps went on after an error");
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function synced(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}
