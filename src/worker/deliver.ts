import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { AttemptResult, FailureClass } from "../domain/dispatch/attempt.ts";
import { blobsOf } from "../domain/dispatch/file-tree.ts";
import { LabError } from "../domain/errors.ts";
import { openBlobs } from "../store/blobs.ts";
import type { LiveAttempt } from "./live-attempt.ts";
import type { WorkerState } from "./worker-state.ts";

/** At the same time. */
const UPLOADS = 4;
/** The other side removes blobs that nobody names; more often than this it would be doing it wrong. */
const ROUNDS = 5;

/**
 * Hands in a result: what the other side lacks of its content, then the result itself. Returns false
 * when it was refused for good; it is kept aside then. Throws `interrupted` when there is no more time:
 * the result stays in the spool.
 */
export async function deliver(
  state: WorkerState,
  attempt: LiveAttempt,
  result: AttemptResult,
  failure: FailureClass | null,
): Promise<boolean> {
  const { contact, transport } = state;
  const { key } = attempt.order;
  try {
    await sendLastWords(state, attempt);
    let wanted = [...blobsOf(result.files).keys()];
    for (let round = 0; round < ROUNDS; round++) {
      await sendBlobs(state, attempt, wanted);
      const reply = await contact.call(() =>
        transport.complete(attempt.id, { key, class: failure, result }),
      );
      if (reply.status !== "missing") {
        state.tell({ type: "delivered", attempt: attempt.id, status: reply.status });
        return true;
      }
      wanted = reply.blobs;
    }
    throw new LabError("damaged", `the queue misses blobs again and again: ${wanted.join(", ")}`);
  } catch (error) {
    if (!(error instanceof LabError) || error.code === "interrupted") throw error;
    keepAside(state, attempt, error);
    return false;
  }
}

async function sendBlobs(
  { contact, transport }: WorkerState,
  attempt: LiveAttempt,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length === 0) return;
  const blobs = openBlobs(attempt.files.blobs);
  const missing = await contact.call(() => transport.missing(wanted));
  const next = async (): Promise<void> => {
    for (let digest = missing.pop(); digest !== undefined; digest = missing.pop()) {
      const path = blobs.path(digest);
      const one = digest;
      await contact.call(() => transport.putBlob(one, path));
    }
  };
  await Promise.all(Array.from({ length: UPLOADS }, next));
}

/** The end of the logs, for whoever watches. */
async function sendLastWords({ contact }: WorkerState, { logs }: LiveAttempt): Promise<void> {
  try {
    while (!contact.isLost() && (await logs.send()));
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
  }
}

/** Nobody wants it, and it is not ours to throw away. */
function keepAside({ spool, tell }: WorkerState, attempt: LiveAttempt, why: LabError): void {
  mkdirSync(spool.refused, { recursive: true });
  const kept = join(spool.refused, attempt.id);
  renameSync(attempt.files.dir, kept);
  tell({ type: "refused", attempt: attempt.id, reason: why.message, kept });
}
