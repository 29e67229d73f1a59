import { LabError } from "../domain/errors.ts";
import type { Processes } from "../ports.ts";
import { openHubClient } from "./client.ts";
import { readEndpoint } from "./endpoint.ts";
import type { QueueReport } from "./queue-report.ts";

/** How the hub of a data root stands, for people. */
export interface HubState {
  url: string;
  /** `silent`: its process is there and does not answer. `dead`: it was killed. */
  state: "running" | "silent" | "dead";
  since: string;
  queued: number;
  running: number;
  /** Over, and not in the history yet. */
  ending: number;
  /** Workers that were heard of lately. */
  workers: number;
}

/** null when none was started, or the last one was stopped. `folder` is registry/hub. */
export async function hubState(folder: string, processes: Processes): Promise<HubState | null> {
  const endpoint = readEndpoint(folder);
  if (endpoint === null) return null;
  const nothing = { queued: 0, running: 0, ending: 0, workers: 0 };
  const named = { url: endpoint.join.url, since: endpoint.started_at, ...nothing };
  if (processes.liveness(endpoint.process) === "dead") return { ...named, state: "dead" };
  try {
    const client = openHubClient({ folder, patience_ms: 0, silence_ms: 2000 });
    // A hub of this very data root says it.
    const report: QueueReport = Object(await client.ask("GET", "/v1/queue"));
    const { queued, leased, ending, workers } = report;
    const heard = workers.filter(({ state }) => state === "ready" || state === "draining").length;
    return { ...named, state: "running", queued, running: leased, ending, workers: heard };
  } catch (error) {
    if (error instanceof LabError) return { ...named, state: "silent" };
    throw error;
  }
}
