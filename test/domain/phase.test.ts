import { describe, expect, test } from "bun:test";
import { phaseAfterRun, type PhaseFacts } from "../../src/domain/phase.ts";
import { RUN_MODES } from "../../src/domain/types.ts";

function after(over: Partial<PhaseFacts>): string {
  const facts: PhaseFacts = {
    phase: "active",
    blocked_reason: null,
    mode: "scheduled",
    run_count: 1,
    max_iterations_total: 20,
    stop: null,
    escalation: null,
    failure_streak: 0,
    autonomous: true,
    ...over,
  };
  const { phase, blocked_reason } = phaseAfterRun(facts);
  return blocked_reason === null ? phase : `${phase}: ${blocked_reason}`;
}

describe("phaseAfterRun()", () => {
  test("starts with the first run", () => {
    expect(after({ phase: "queued" })).toBe("active");
    expect(after({ phase: "active" })).toBe("active");
  });

  test("keeps what was set while the run was in progress, with its reason", () => {
    for (const phase of ["paused", "completed", "awaiting-human"] as const) {
      const facts = { phase, blocked_reason: "said so", run_count: 20, failure_streak: 9 };
      expect(after(facts)).toBe(`${phase}: said so`);
    }
  });

  test("completes at the limit or at a stop condition, in every mode", () => {
    for (const mode of RUN_MODES) {
      expect(after({ mode, run_count: 19 })).toBe("active");
      expect(after({ mode, run_count: 20 })).toBe("completed: Reached max iterations");
      expect(after({ mode, run_count: 21, failure_streak: 9 })).toContain("completed");
      expect(after({ mode, stop: "target 1 reached" })).toBe(
        "completed: Stop condition: target 1 reached",
      );
    }
  });

  test("waits for a human after three scheduled failures and pauses after five", () => {
    expect(after({ failure_streak: 2 })).toBe("active");
    expect(after({ failure_streak: 3 })).toBe("awaiting-human: Repeated failures require review");
    expect(after({ failure_streak: 4 })).toContain("awaiting-human");
    expect(after({ failure_streak: 5 })).toBe("paused: Auto-paused after 5 consecutive failures");
  });

  test("waits for a human when something is escalated, in every mode, unless it is complete", () => {
    for (const mode of RUN_MODES) {
      const escalation = "Escalated: breakthrough_found: 9 after 1";
      expect(after({ mode, escalation, failure_streak: 9 })).toBe(`awaiting-human: ${escalation}`);
      expect(after({ mode, escalation, run_count: 20 })).toContain("completed");
      expect(after({ mode, escalation, stop: "target 1 reached" })).toContain("completed");
    }
  });

  test("waits after each run that is not autonomous", () => {
    expect(after({ autonomous: false })).toContain("awaiting-human: Not autonomous");
  });

  test("lets attended runs fail", () => {
    for (const mode of ["burst", "guided", "swarm"] as const) {
      expect(after({ mode, failure_streak: 9, autonomous: false })).toBe("active");
    }
  });
});
