import { expect, test } from "bun:test";
import { type State, STATES, surviveLoop } from "./killed-loop.ts";

const seed = Number(process.env["FAULT_SEED"] ?? Math.floor(Math.random() * 1e6));

test(`a loop of 20 candidates killed in every state ends as an undisturbed one (FAULT_SEED=${seed})`, async () => {
  const states = Object.keys(STATES).filter((name): name is State => name in STATES);
  const [disturbed, undisturbed] = await Promise.all([
    surviveLoop(states, seed),
    surviveLoop([], seed),
  ]);
  expect(disturbed.leaderboard).toEqual(undisturbed.leaderboard);
  expect(disturbed.history).toEqual(undisturbed.history);
  expect(undisturbed.history.at(0)).toBe("loop: score 13, was 12 (best-so-far)");
  expect(disturbed.killed).toBeGreaterThan(5);
}, 120_000);
