import { describe, expect, test } from "bun:test";
import { rerunRule, streakRule } from "../../../src/domain/spec/promotion.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";
import { nextTier, openTiers, specForTier } from "../../../src/domain/spec/tiers.ts";
import { calendar, problemsOf, specOf } from "./helpers.ts";

const HEAD = "id: x\nmetric: m\nfidelity_tiers: [proxy, validation, final]\n";

describe("promote", () => {
  test("is a rule, or a map with a rule and its options", () => {
    expect(specOf(HEAD).promote).toBeNull();
    expect(specOf(`${HEAD}promote: asha\n`).promote).toMatchObject({ rule: "asha", eta: 3 });
    const eta = specOf(`${HEAD}promote: { rule: asha, eta: 4 }\n`);
    expect(rerunRule(eta)).toMatchObject({ rule: "asha", eta: 4 });
    const top = specOf(`${HEAD}promote: { rule: top-k, k: 5 }\nproxy_max_runs: 27\n`);
    expect(rerunRule(top)).toMatchObject({ rule: "top-k", k: [5] });
  });

  test("after-success-streak means what fidelity_promotion_rule says of it", () => {
    const short = specOf(`${HEAD}promote: { rule: after-success-streak, successes: 4 }\n`);
    expect([rerunRule(short), streakRule(short)]).toEqual([null, 4]);
    const original = `${HEAD}fidelity_promotion_rule: after-success-streak\npromote_after_successes: 2\n`;
    expect([rerunRule(specOf(original)), streakRule(specOf(original))]).toEqual([null, 2]);
    expect(streakRule(specOf(HEAD))).toBeNull();
  });

  test.each([
    [
      "promote: ash",
      'spec.yaml:4:10 promote: expected rule asha, top-k, after-success-streak, got "ash"; did you mean asha?',
    ],
    ["promote: 3", "spec.yaml:4:10 promote: expected a rule such as asha"],
    ["promote: {rule: asha, k: 3}", "promote: unknown option k: asha takes eta"],
    [
      "promote: {rule: asha, eta: 1}",
      "promote: eta: expected a number above 1 and at most 100, got 1",
    ],
    [
      "promote: {rule: top-k, k: []}",
      "promote: k: expected a whole number of at least 1, or a list of them",
    ],
    ["promote: {rule: top-k, k: 2.5}", "promote: k: expected a whole number of at least 1"],
    [
      "promote: {rule: top-k, k: 2}",
      "promote: top-k promotes when a tier has had all its runs: say how many, with proxy_max_runs",
    ],
    ["promote: {rule: after-success-streak, successes: 0}", "successes: expected a whole number"],
    ["promote: asha\nfidelity_promotion_rule: after-success-streak", "expected one rule"],
    [
      "proxy_max_runs: 0",
      "spec.yaml:4:17 proxy_max_runs: expected a whole number, at least 1, got the number 0",
    ],
    ["max_runs: 3", "spec.yaml:4:1 max_runs: unknown field"],
    [
      "locked_tier: finale",
      "locked_tier: expected one of the fidelity_tiers (proxy, validation, final)",
    ],
    [
      "locked_tier: proxy",
      "locked_tier: expected another tier than the one the experiment starts on",
    ],
  ])("%j is refused with its place and what to write", (line, message) => {
    expect(problemsOf(`${HEAD}${line}\n`).join("\n")).toContain(message);
  });

  test("is said to do nothing where no tier is left to promote to", () => {
    const text =
      "id: x\nmetric: m\nfidelity_tiers: [proxy, final]\nlocked_tier: final\npromote: asha\n";
    const { warnings } = parseSpec(text, "spec.yaml", calendar);
    expect(warnings.join()).toContain(
      "has no effect: fidelity_tiers has a single tier that is not locked",
    );
  });
});

test("a locked tier is never the next one, and tiers have their own budgets", () => {
  const spec = specOf(`${HEAD}locked_tier: final\nproxy_max_runs: 9\n`);
  expect(openTiers(spec)).toEqual(["proxy", "validation"]);
  expect([nextTier(spec, "proxy"), nextTier(spec, "validation")]).toEqual(["validation", null]);
  expect(nextTier(spec, "final")).toBeNull();
  expect(specForTier(spec, "proxy").max_runs).toBe(9);
  expect(specForTier(spec, "validation").max_runs).toBeNull();
});
