import { LabError } from "../domain/errors.ts";

/** The arm (strategy name) of a swarm whose turn trial `index` is: round-robin, whatever runs in parallel. */
export function nextArm(request: { arms: readonly string[]; index: number }): string {
  const arm = request.arms[request.index % request.arms.length];
  if (arm === undefined) {
    throw new LabError("usage", "a swarm needs at least one strategy, got none", {
      hint: "Name some: --strategies random perturb tree.",
    });
  }
  return arm;
}
