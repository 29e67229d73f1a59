import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../app/lab.ts";
import { labStatus, type LabStatus } from "../../app/status.ts";
import { stopLine } from "../../reduce/explain-stops.ts";
import { formatUsd } from "../../reduce/costs.ts";
import { oneLine } from "../../reduce/markdown.ts";
import type { HubState } from "../../hub/hub-state.ts";
import { layoutOf } from "../../store/layout.ts";
import { defineCommand, type Suggestion } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "status",
  description:
    "Experiments by phase, what runs now, free space, and what needs a person. Looks at the latest bundles only; `labctl verify` checks all.",
  examples: [
    { command: "labctl status", why: "where the lab stands" },
    { command: "labctl status --json", why: "the same for a program, with every finding" },
  ],
  flags: {},
  positionals: {},
  async run(context) {
    const status = await withSession(context, labStatus);
    const hub = await hubOf(context.lab);
    return {
      data: { ...status, hub },
      human: [...statusLines(status), ...hubLines(hub)],
      next: [
        ...nextSteps(status),
        ...(hub?.state === "dead" ? [{ command: "labctl serve", why: "start the hub again" }] : []),
      ],
    };
  },
});

/** What speaks to a hub is loaded only when there is one. */
async function hubOf({ root, processes }: Lab): Promise<HubState | null> {
  const folder = layoutOf(root).hub;
  if (!existsSync(join(folder, "endpoint.json"))) return null;
  const { hubState } = await import("../../hub/hub-state.ts");
  return hubState(folder, processes);
}

function hubLines(hub: HubState | null): string[] {
  if (hub === null) return [];
  const { url, state, since, queued, running, ending, workers } = hub;
  if (state !== "running") {
    const how = state === "dead" ? "was killed" : "does not answer";
    return [`hub: ${url} ${how}, started ${since}`];
  }
  return [
    `hub: ${url} since ${since}`,
    `  workers: ${workers}, running: ${running}, queued: ${queued}, to be ingested: ${ending}`,
  ];
}

function statusLines(status: LabStatus): string[] {
  return [
    `data_root: ${oneLine(status.data_root)}`,
    `experiments: ${status.experiments}`,
    ...counts(status.phases),
    ...block("dispatch:", counts(status.dispatch)),
    `free_gb: ${status.free_gb ?? "unknown"}`,
    ...block(
      "alerts:",
      status.alerts.map((alert) => `  - ${oneLine(alert)}`),
    ),
    ...block(
      "stops:",
      status.stops.map((stop) => `  ${stop.experiment}: ${stopLine(stop)}`),
    ),
    `runs: ${status.runs}`,
    ...(status.models.tokens === 0
      ? []
      : [`models: ${formatUsd(status.models.usd)}, ${status.models.tokens} tokens`]),
    ...block(
      "running:",
      status.running.map(
        ({ experiment, run_id, iteration, started_at }) =>
          `  ${experiment} iteration ${iteration}: ${run_id} since ${started_at}`,
      ),
    ),
  ];
}

function counts(record: Readonly<Record<string, number>>): string[] {
  return Object.entries(record)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `  ${name}: ${count}`);
}

function block(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function nextSteps({ experiments, findings }: LabStatus): Suggestion[] {
  if (findings.length > 0) return [{ command: "labctl recover", why: "mend what was found" }];
  if (experiments > 0) return [];
  return [{ command: "labctl create spec.yaml", why: "register an experiment" }];
}
