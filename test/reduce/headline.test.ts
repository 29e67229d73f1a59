import { expect, test } from "bun:test";
import { headline } from "../../src/reduce/headline.ts";
import { freshView, sampleView } from "./samples.ts";

test("headline() shows the best of the current tier", () => {
  expect(headline(sampleView())).toBe("tier=proxy, best=0.5");
});

test("headline() names the tier of a best that is not of the current tier", () => {
  const view = sampleView({ current_fidelity_tier: "final" });
  expect(headline(view)).toBe("tier=final, best=0.5 (tier proxy)");
});

test("headline() shows the last outcome when nothing was measured", () => {
  expect(headline(freshView({ last_outcome: "timeout" }))).toBe("tier=proxy, last=timeout");
  expect(headline(freshView())).toBe("tier=proxy, no runs yet");
});
