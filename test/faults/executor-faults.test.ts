import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { TrialRow } from "../../src/domain/types.ts";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";
import { untilNoProcess } from "../helpers/tagged-processes.ts";
import { boundedOutput } from "./large-output.ts";

interface Fault {
  id: string;
  command: string;
  outcome: TrialRow["outcome"];
  value?: number;
  /** Part of what the record says was seen. */
  reason?: string;
  time_budget_minutes?: number;
}

/** A command that leaves this text in metrics.json of its run folder. */
function reporting(json: string): string {
  return `sh -c 'printf "%s" "$0" > "$LAB_RUN_DIR/metrics.json"' '${json}'`;
}

const FAULTS: Fault[] = [
  {
    id: "missing-program",
    command: "no-such-program",
    outcome: "failed",
    reason: "no-such-program",
  },
  { id: "bad-quoting", command: "echo 'value=1", outcome: "failed", reason: "quote is not closed" },
  { id: "fails", command: "sh -c 'echo value=1; exit 3'", outcome: "failed", reason: "3" },
  { id: "killed", command: "sh -c 'kill -9 $$'", outcome: "failed", reason: "SIGKILL" },
  {
    id: "not-utf-8",
    command: `sh -c 'printf "\\377\\376\\nvalue=2\\n"'`,
    outcome: "success",
    value: 2,
  },
  {
    id: "removes-its-run",
    command: `sh -c 'rm -rf "$LAB_RUN_DIR"; echo value=1'`,
    outcome: "failed",
    reason: "removed its own run folder",
  },
  {
    id: "removes-all-runs",
    command: `sh -c 'rm -rf "$(dirname "$LAB_RUN_DIR")"; echo value=1'`,
    outcome: "failed",
    reason: "removed its own run folder",
  },
  {
    id: "holds-stdout",
    command: "sh -c 'setsid sleep 1000 & echo value=5'",
    outcome: "success",
    value: 5,
  },
  { id: "nan", command: reporting('{"value": NaN}'), outcome: "invalid-metric", reason: "NaN" },
  {
    id: "infinity",
    command: reporting('{"value": -Infinity}'),
    outcome: "invalid-metric",
    reason: "-Infinity",
  },
  { id: "too-big", command: "echo value=1e999", outcome: "invalid-metric", reason: "1e999" },
  {
    id: "boolean",
    command: reporting('{"value": true}'),
    outcome: "invalid-metric",
    reason: "boolean true",
  },
  {
    id: "string",
    command: reporting('{"value": "0.5"}'),
    outcome: "invalid-metric",
    reason: 'string "0.5"',
  },
  {
    id: "list",
    command: reporting('{"value": [1, 2]}'),
    outcome: "invalid-metric",
    reason: "list [1,2]",
  },
  { id: "nothing", command: "true", outcome: "invalid-metric", reason: "stdout is empty" },
  {
    id: "disagreeing",
    command: `sh -c 'echo "{\\"value\\": 1}" > "$LAB_RUN_DIR/metrics.json"; echo value=2'`,
    outcome: "invalid-metric",
    reason: "disagree",
  },
  {
    id: "ignores-term",
    // Its child left the group and ignores TERM as well.
    command: `sh -c 'trap "" TERM; setsid sh -c "trap \\"\\" TERM; sleep 1000; sleep 1000" & while :; do sleep 1000; done'`,
    outcome: "timeout",
    reason: "time budget",
    time_budget_minutes: 0.005,
  },
];

interface Ran {
  runs: {
    experiment: string;
    run_id: string;
    outcome: string;
    value: number | null;
    reason: string;
  }[];
}

test("every fault of an executor is a recorded outcome, and the lab goes on", async () => {
  await using lab = await faultLab();
  for (const { id, command, time_budget_minutes = 1 } of FAULTS) {
    await lab.create({ id, executor_command: command, time_budget_minutes });
  }
  await lab.create({ id: "zz-last", executor_command: "echo value=7" });

  const { runs } = await lab.json<Ran>("run-once", "--max-runs", "100");
  await untilNoProcess(lab.tag);
  expect(runs.map((run) => run.experiment).sort()).toEqual(
    [...FAULTS.map((fault) => fault.id), "zz-last"].sort(),
  );
  for (const { id, outcome, value = null, reason = "" } of FAULTS) {
    const run = runs.find(({ experiment }) => experiment === id);
    expect(run).toMatchObject({ outcome, value, reason: expect.stringContaining(reason) });
    await assertExactRuns(lab, id, 1);
    const sealed = lab.path("experiments", id, "runs", run?.run_id ?? "", "metrics.json");
    expect(JSON.parse(readFileSync(sealed, "utf8"))).toMatchObject({ value });
  }
  await assertExactRuns(lab, "zz-last", 1);
  await assertClean(lab);
  await lab.ok("refresh");
}, 60_000);

describe("a burst", () => {
  test("records faults of its executor and goes on", async () => {
    await using lab = await faultLab();
    await lab.create({
      id: "mixed",
      executor_command: `sh -c 'case $LAB_RUN_ITERATION in
        2) rm -rf "$LAB_RUN_DIR";; 3) rm -rf "$LAB_EFFECTIVE_WORKSPACE_ROOT"; echo value=3; exit 0;;
        4) echo value=nan; exit 0;; 5) setsid sleep 1000 &;; esac; echo value=$LAB_RUN_ITERATION'`,
    });
    await lab.ok("burst", "mixed", "-n", "6", "-j", "2");
    const rows = await assertExactRuns(lab, "mixed", 6);
    expect(rows.map((row) => row.value)).toEqual([1, null, expect.anything(), null, 5, 6]);
    await assertClean(lab);
  }, 30_000);
});

test("200 MB of output leave a small bundle and its metric", async () => {
  const { bundle_bytes, run } = await boundedOutput(200_000_000);
  expect(run).toMatchObject({ outcome: "success", value: 4 });
  expect(bundle_bytes).toBeLessThan(3_000_000);
}, 60_000);
