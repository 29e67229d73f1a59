/**
 * A hub in a process of its own, as `labctl serve` makes it, except that a result is not brought into
 * a ledger: that costs what a local run's end costs, and would hide what the queue costs.
 *
 *     bun scripts/bench-hub/hub-process.ts FOLDER
 *
 * Prints `{"url", "token"}` once it listens; ends when its standard input does.
 */
import { join } from "node:path";
import { openHub } from "../../src/hub/open-hub.ts";
import { hubRoutes } from "../../src/hub/hub-routes.ts";
import { blobRoutes } from "../../src/hub/routes/blobs.ts";
import { BLOB_LIMITS } from "../../src/hub/blobs/space.ts";
import { openUploads } from "../../src/hub/blobs/uploads.ts";
import { startServer } from "../../src/hub/server.ts";
import { openTokens } from "../../src/hub/tokens.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { openBlobs } from "../../src/store/blobs.ts";
import { ensureFolder } from "../../src/store/durable.ts";
import { RESULT_LIMITS } from "../../src/store/file-trees.ts";

const root = process.argv[2] ?? "";
const folder = join(root, "hub");
ensureFolder(folder);
const log = { info: console.error, warn: console.error };
const hub = await openHub({
  folder,
  journalQuarantine: join(root, "quarantine"),
  quarantine: join(root, "quarantine"),
  clock: systemClock,
  jitter: () => 0,
  intervals: { heartbeat_s: 10, lease_s: 45, poll_s: 25 },
  endings: { sealed: () => Promise.resolve("ingested"), ended: () => Promise.resolve() },
  warn: console.error,
});
const tokens = openTokens(folder, { random: systemRandom, clock: systemClock });
const blobs = openBlobs(join(root, "blobs"));
const uploads = openUploads(join(root, "uploads"), blobs, { clock: systemClock });
const { attempt } = hub;
const server = startServer({
  routes: [
    ...hubRoutes(hub, {
      tokens,
      blobs,
      limits: RESULT_LIMITS,
      identity: { hub: "bench", version: "0" },
    }),
    ...blobRoutes({ blobs, uploads, limits: BLOB_LIMITS, attempt }),
  ],
  tokens,
  host: "127.0.0.1",
  port: 0,
  tls: null,
  clock: systemClock,
  log,
});
const admin = tokens.issue({ scope: "admin" }).token;
const workers = Array.from({ length: Number(process.argv[3] ?? 0) }, (_, at) => {
  const { id } = tokens.issue({ scope: "join" });
  const { worker, token } = tokens.join(id, { key: `key-of-worker-${at}`, name: `w${at}` });
  hub.queue.record({
    t: "joined",
    worker: {
      name: worker,
      host: "bench",
      os: "",
      arch: "",
      version: "",
      labels: [],
      executor_classes: [],
      slots: 1,
      gpus: [],
      tag: "",
    },
  });
  return token;
});
await hub.committed();
console.log(JSON.stringify({ url: server.url, token: admin, workers }));
for await (const _ of Bun.stdin.stream());
await server.stop();
await hub.close();
