/** A package of the size that a small SPEC makes, with a summary of its history. */
export function packageText(number: number): string {
  const micros = String(number % 1_000_000).padStart(6, "0");
  return JSON.stringify({
    schema_version: 1,
    id: `DISPATCH-20261127-${String(120_000 + Math.floor(number / 1_000_000))}-${micros}-bench`,
    created_at: "2026-11-27T12:00:00.000Z",
    experiment: "bench",
    executor_class: "shell",
    priority: "normal",
    needs: { gpus: 0, labels: [] },
    timeout_ms: 60_000,
    run: {
      id: `RUN-${number}`,
      iteration: number,
      role: "candidate",
      tier: "full",
      next_tier: null,
      lease_id: "LEASE-1",
      mode: "burst",
    },
    spec: { id: "bench", goal: "x".repeat(500) },
    inputs: { "SUMMARY.md": "y".repeat(1500) },
    best: null,
    params: { x: number },
    seed: 1,
    in_sandbox: false,
    workspace: null,
    follow_reports: false,
  });
}

/** A result with one file in a blob that every hub has: the empty one. */
export function completeText(pack: string, epoch: number, key: string): string {
  return JSON.stringify({
    key,
    class: null,
    result: {
      schema_version: 1,
      package: pack,
      epoch,
      worker: "w",
      host: "bench",
      started_at: "2026-11-27T12:00:00.000Z",
      ended_at: "2026-11-27T12:00:01.000Z",
      report: { outcome: "success", value: 0.5, reason: "", duration_ms: 1000, metrics: { a: 1 } },
      files: {
        schema_version: 1,
        entries: ["stdout.log", "stderr.log", "artifacts/out.txt"].map((path) => ({
          kind: "file",
          path,
          bytes: 0,
          sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        })),
      },
    },
  });
}
