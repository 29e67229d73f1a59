import type { AttemptResult } from "../../src/domain/dispatch/attempt.ts";
import type { ClaimRequest } from "../../src/domain/dispatch/protocol.ts";
import type { PackageSummary, RunPackage } from "../../src/domain/dispatch/run-package.ts";
import type { WorkerFacts } from "../../src/hub/queue/events.ts";

export function packageId(number: number, experiment = "exp"): string {
  return `DISPATCH-20261127-120000-${String(number).padStart(6, "0")}-${experiment}`;
}

export function summary(number: number, more: Partial<PackageSummary> = {}): PackageSummary {
  const experiment = more.experiment ?? "exp";
  return {
    id: packageId(number, experiment),
    created_at: "2026-11-27T12:00:00.000Z",
    experiment,
    executor_class: "shell",
    priority: "normal",
    needs: { gpus: 0, labels: [] },
    timeout_ms: 60_000,
    run_id: `RUN-${number}`,
    iteration: number,
    tier: "full",
    role: "candidate",
    ...more,
  };
}

export function runPackage(number: number, more: Partial<RunPackage> = {}): RunPackage {
  const { id, created_at, experiment, executor_class, priority, needs, timeout_ms } = summary(
    number,
    more.experiment === undefined ? {} : { experiment: more.experiment },
  );
  return {
    schema_version: 1,
    id,
    created_at,
    experiment,
    executor_class,
    priority,
    needs,
    timeout_ms,
    run: {
      id: `RUN-${number}`,
      iteration: number,
      role: "candidate",
      tier: "full",
      next_tier: null,
      lease_id: "LEASE-1",
      mode: "burst",
    },
    // The queue hands it on and never looks into it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    spec: {} as RunPackage["spec"],
    inputs: {},
    best: null,
    params: { x: number },
    seed: 1,
    in_sandbox: false,
    workspace: null,
    follow_reports: false,
    ...more,
  };
}

export function worker(name: string, more: Partial<WorkerFacts> = {}): WorkerFacts {
  return {
    name,
    host: "host",
    os: "linux",
    arch: "x64",
    version: "0.2.0",
    labels: [],
    executor_classes: [],
    slots: 4,
    gpus: [],
    tag: "",
    ...more,
  };
}

export function claim(key: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  return { key, slots: 1, gpus: 0, wait_s: 0, time_left_s: null, only: null, ...more };
}

export function result(id: string, epoch: number, name = "w1"): AttemptResult {
  return {
    schema_version: 1,
    package: id,
    epoch,
    worker: name,
    host: "host",
    started_at: "2026-11-27T12:00:01.000Z",
    ended_at: "2026-11-27T12:00:02.000Z",
    report: { exit_code: 0 },
    files: { schema_version: 1, entries: [] },
  };
}
