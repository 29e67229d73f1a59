import { join } from "node:path";
import { openUploads } from "../../src/hub/blobs/uploads.ts";
import { blobRoutes } from "../../src/hub/routes/blobs.ts";
import { startServer } from "../../src/hub/server.ts";
import { openTokens } from "../../src/hub/tokens.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { openBlobs } from "../../src/store/blobs.ts";

/** A hub for blobs alone, on the disk of argv[2], of which it keeps nothing free. */
const [, , dir = ""] = process.argv;
const blobs = openBlobs(join(dir, "blobs"));
const uploads = openUploads(join(dir, "uploads"), blobs, { clock: systemClock });
const limits = { max_blob_bytes: 2 ** 40, free_bytes: -(2 ** 40) };
const tokens = openTokens(join(dir, "hub"), { random: systemRandom, clock: systemClock });
const server = startServer({
  routes: blobRoutes({ blobs, uploads, limits, attempt: () => null }),
  tokens,
  host: "127.0.0.1",
  port: 0,
  tls: null,
  clock: systemClock,
  log: { info: console.error, warn: console.error },
});
console.log(JSON.stringify({ url: server.url, token: tokens.issue({ scope: "admin" }).token }));
