import { expect, test } from "bun:test";
import { armOf, banditArm, withControl } from "../../src/search/allocation.ts";
import type { Trial } from "../../src/search/strategy.ts";

const ARMS = ["random", "gp", "tpe"];

/** Trials by turns of the arms; `loss` and time as these say. */
function historyOf(
  loss: (arm: string, index: number) => number | null,
  duration: (arm: string) => number = () => 1000,
): Trial[] {
  return Array.from({ length: 60 }, (_, index) => {
    const strategy = ARMS[index % ARMS.length] ?? "";
    const result = { params: {}, loss: loss(strategy, index), duration_ms: duration(strategy) };
    return { index, ...result, strategy, provenance: null };
  });
}

/** Turns that each arm gets of the next 1000. */
function turns(history: Trial[]): Record<string, number> {
  const counts: Record<string, number> = { random: 0, gp: 0, tpe: 0 };
  for (let index = 0; index < 1000; index++) {
    const arm = banditArm({ arms: ARMS, history, seed: 1, index: 60 + index });
    counts[arm] = (counts[arm] ?? 0) + 1;
  }
  return counts;
}

test("banditArm() begins with equal shares", () => {
  for (const count of Object.values(turns([]))) expect(count).toBeWithin(280, 390);
});

test("banditArm() gives most turns to the arm that improves, and a floor to the others", () => {
  const counts = turns(historyOf((arm, index) => (arm === "gp" ? 100 - index : 100)));
  expect(counts["gp"]).toBeGreaterThan(450);
  expect(counts["random"]).toBeGreaterThan(80);
  expect(counts["tpe"]).toBeGreaterThan(80);
});

test("banditArm() prefers the quicker of two arms that improve alike", () => {
  const loss = (arm: string, index: number): number => (arm === "random" ? 100 : 100 - index);
  const counts = turns(historyOf(loss, (arm) => (arm === "gp" ? 5000 : 500)));
  expect(counts["tpe"] ?? 0).toBeGreaterThan(1.5 * (counts["gp"] ?? 0));
});

test("banditArm() takes failures and pruned runs for time spent, not for results", () => {
  const failed = historyOf((arm) => (arm === "gp" ? null : 1));
  const pruned = historyOf((arm, index) => (arm === "gp" ? -index : 1)).map((trial) =>
    trial.strategy === "gp" ? { ...trial, pruned_at: 3 } : trial,
  );
  expect(turns(pruned)).toEqual(turns(failed));
});

test("armOf() goes round in turn, or draws by seed, index and history alone", () => {
  const request = { arms: ARMS, history: historyOf(() => 1), seed: 3, index: 4 };
  expect(armOf("round-robin", request)).toBe("gp");
  expect(armOf("bandit", request)).toBe(armOf("bandit", structuredClone(request)));
  expect(() => armOf("bandit", { ...request, arms: [] })).toThrow("at least one strategy");
});

test("withControl() adds random where nothing draws blindly", () => {
  expect(withControl(["gp", "tpe"])).toEqual(["gp", "tpe", "random"]);
  expect(withControl(["gp", "sobol"])).toEqual(["gp", "sobol"]);
});
