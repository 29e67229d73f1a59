import { join } from "node:path";
import { BLOB_LIMITS } from "../../src/hub/blobs/space.ts";
import { openUploads } from "../../src/hub/blobs/uploads.ts";
import { openLiveLogs } from "../../src/hub/logs/live-logs.ts";
import { blobRoutes } from "../../src/hub/routes/blobs.ts";
import { logRoutes } from "../../src/hub/routes/logs.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { layoutOf } from "../../src/store/layout.ts";
import { queueHub, type QueueHub, type QueueHubOptions } from "../helpers/queue-hub.ts";

/** A real hub with all that workers ask for: the queue, blobs and logs. */
export function wholeHub(options: Omit<QueueHubOptions, "routes"> = {}): Promise<QueueHub> {
  return queueHub({
    ...options,
    routes: (queue, { root, blobs }) => [
      ...blobRoutes({
        blobs,
        uploads: openUploads(join(root, "uploads"), blobs, { clock: systemClock }),
        limits: { ...BLOB_LIMITS, free_bytes: 0 },
        attempt: (name) => queue.attempt(name),
      }),
      ...logRoutes({
        logs: openLiveLogs({
          folder: join(root, "logs"),
          isKnown: (name) => queue.attempt(name) !== null,
        }),
        layout: layoutOf(root),
        attempt: (name) => queue.attempt(name),
      }),
    ],
  });
}
