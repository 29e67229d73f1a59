import { expect, test } from "bun:test";
import { labAlerts } from "../../src/reduce/alerts.ts";
import { sampleLab, sampleView } from "./samples.ts";

test("labAlerts() names failure streaks from 3 on and experiments that wait for a human", () => {
  const lab = sampleLab(
    sampleView({ id: "a", failure_streak: 2 }),
    sampleView({ id: "b", failure_streak: 3 }),
    sampleView({ id: "c", phase: "awaiting-human", blocked_reason: "Review\nit" }),
  );
  expect(labAlerts(lab)).toEqual([
    "`b` has failure streak 3",
    "`c` is awaiting a human: Review it",
  ]);
});
