import type { FileTreeLimits } from "../domain/dispatch/file-tree.ts";
import type { Blobs } from "../store/blobs.ts";
import type { Hub } from "./open-hub.ts";
import type { Route } from "./route.ts";
import { attemptRoutes } from "./routes/attempts.ts";
import { claimRoutes } from "./routes/claims.ts";
import { packageRoutes } from "./routes/packages.ts";
import { queueRoutes } from "./routes/queue.ts";
import { workerRoutes } from "./routes/workers.ts";
import type { Tokens } from "./tokens.ts";

/** Every endpoint of the queue itself. */
export function hubRoutes(
  hub: Hub,
  options: {
    tokens: Pick<Tokens, "join" | "attemptToken" | "revokeWorker">;
    blobs: Pick<Blobs, "size">;
    limits: FileTreeLimits;
    /** Name and version that workers are told. */
    identity: { hub: string; version: string };
  },
): Route[] {
  const { tokens, identity } = options;
  return [
    ...workerRoutes(hub, tokens, identity),
    ...claimRoutes(hub, tokens),
    ...attemptRoutes(hub, options),
    ...packageRoutes(hub),
    ...queueRoutes(hub),
  ];
}
