import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { LabError } from "../../../src/domain/errors.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";
import { FIELD_NAMES, specDefaults } from "../../../src/domain/spec/schema.ts";
import { calendar, errorOf, problemsOf, specOf } from "./helpers.ts";

describe("parseSpec() defaults", () => {
  test("fills in every field but the id", () => {
    expect(specOf("id: a")).toEqual({
      ...specDefaults(),
      id: "a",
      initial_fidelity_tier: "default",
    });
  });

  test("takes fields without a value for unset", () => {
    const empty = FIELD_NAMES.filter((name) => name !== "id").map((name) => `${name}:`);
    expect(specOf(["id: a", ...empty].join("\n"))).toEqual(specOf("id: a"));
  });

  test("takes empty texts and lists for unset where the default is something else", () => {
    const text = `id: a\npriority: ""\nworker_roles: []\nfidelity_tiers: []\nstop_conditions: []\ncadence: ""\ntime_budget_minutes: ""`;
    expect(specOf(text)).toEqual(specOf("id: a"));
  });

  test("gives each Spec its own lists", () => {
    specOf("id: a").worker_roles.push("intruder");
    expect(specOf("id: a").worker_roles).not.toContain("intruder");
  });

  test("warns when no metric is named", () => {
    expect(parseSpec("id: a", "s.yaml", calendar).warnings).toEqual([
      "s.yaml:1:1 metric: not set: only `value` is looked for in what runs print",
    ]);
    expect(parseSpec("id: a\nmetric: loss", "s.yaml", calendar).warnings).toEqual([]);
  });

  test("warns when promotion has nowhere to go", () => {
    const text = "id: a\nmetric: m\nfidelity_promotion_rule: after-success-streak";
    expect(parseSpec(text, "s.yaml", calendar).warnings[0]).toStartWith(
      "s.yaml:3:26 fidelity_promotion_rule: has no effect",
    );
  });
});

describe("parseSpec() values", () => {
  test("reads YAML numbers, comments, blocks and nesting", () => {
    const spec = specOf(
      [
        "id: a",
        "goal: >",
        "  two",
        "  lines",
        "time_budget_minutes: 0.5 # half a minute",
        "known_good_config: {lr: 1e-5, layers: [1, 2]}",
        "tags: [a, 'b # c']",
      ].join("\n"),
    );
    expect(spec.goal).toBe("two lines");
    expect(spec.time_budget_minutes).toBe(0.5);
    expect(spec.known_good_config).toEqual({ lr: 0.00001, layers: [1, 2] });
    expect(spec.tags).toEqual(["a", "b # c"]);
  });

  test("takes a single text for a list of one, and drops empty items", () => {
    expect(specOf("id: a\nmutable_paths: src/").mutable_paths).toEqual(["src/"]);
    expect(specOf('id: a\nmutable_paths: [src/, "", null]').mutable_paths).toEqual(["src/"]);
    expect(specOf('id: a\nmutable_paths: ""').mutable_paths).toEqual([]);
  });

  test("keeps the search space and x_ fields as they are", () => {
    const spec = specOf("id: a\nsearch_space: {lr: {low: 1e-5}}\nx_owner: {name: me}\nx_empty:");
    expect(spec.search_space).toEqual({ lr: { low: 0.00001 } });
    expect(spec.extra).toEqual({ x_owner: { name: "me" }, x_empty: null });
  });

  test("follows aliases", () => {
    const spec = specOf("id: a\nmutable_paths: &p [src/]\negress_files: *p");
    expect(spec.egress_files).toEqual(["src/"]);
  });

  test("reads stop conditions as a list of maps and as a map", () => {
    const list = "id: a\nstop_conditions:\n  - max_runs: 3\n  - target: 0.5";
    expect(specOf(list).stop_conditions).toEqual({ max_runs: 3, target: 0.5 });
    expect(specOf("id: a\nstop_conditions: {max_runs: 3}").stop_conditions).toEqual({
      max_runs: 3,
    });
  });

  test("accepts a number of minutes as cadence", () => {
    expect(specOf("id: a\ncadence: 2.5").cadence).toBe("2.5");
  });

  test.each([
    [
      "autonomous: 'false'",
      '2:13 autonomous: expected true or false, got the text "false": remove the quotes',
    ],
    ["autonomous: no", '2:13 autonomous: expected true or false, got the text "no"'],
    [
      "max_iterations_total: many",
      '2:23 max_iterations_total: expected a whole number, at least 1, got the text "many"',
    ],
    [
      "max_iterations_total: 1.5",
      "2:23 max_iterations_total: expected a whole number, at least 1, got the number 1.5",
    ],
    [
      "max_iterations_total: 0",
      "2:23 max_iterations_total: expected a whole number, at least 1, got the number 0",
    ],
    [
      "time_budget_minutes: 0",
      "2:22 time_budget_minutes: expected a number above 0, got the number 0",
    ],
    [
      "time_budget_minutes: '5'",
      '2:22 time_budget_minutes: expected a number above 0, got the text "5": remove the quotes',
    ],
    [
      "estimated_runtime_minutes: -1",
      "2:28 estimated_runtime_minutes: expected a number of at least 0, got the number -1",
    ],
    ["goal: 5", "2:7 goal: expected text, got the number 5: put it in quotes"],
    ["goal: [a]", "2:7 goal: expected text, got a list"],
    ['goal: "a\\0b"', "2:7 goal: expected text, got a NUL character in it"],
    ["tags: [a, 7]", "2:11 tags.1: expected text, got the number 7: put it in quotes"],
    ["tags: {a: 1}", "2:7 tags: expected a list of texts, got a map"],
    [
      "metric_direction: up",
      '2:19 metric_direction: expected maximize or minimize, got the text "up"',
    ],
    [
      "priority: hihg",
      '2:11 priority: expected urgent, high, normal or low, got the text "hihg"; did you mean high?',
    ],
    [
      "workspace_mode: clone",
      '2:17 workspace_mode: expected auto, git-clone or copy, got the text "clone"',
    ],
    ["search_space: [1]", "2:15 search_space: expected a map, got a list"],
    [
      "stop_conditions: 5",
      "2:18 stop_conditions: expected a map such as 'max_runs: 100', got the number 5",
    ],
    [
      "stop_conditions: {target: x}",
      '2:27 stop_conditions.target: expected a number, got the text "x"',
    ],
    [
      "stop_conditions: [{max_runs: 1}, {max_runs: 2}]",
      "2:18 stop_conditions: expected each condition once, got max_runs twice",
    ],
    [
      "cadence: every-0-minutes",
      '2:10 cadence: expected more than 0 minutes and at most 3650 days, got "every-0-minutes"',
    ],
    [
      "cadence: 0 0 30 2 *",
      '2:10 cadence: expected a cron expression that comes due, got "0 0 30 2 *": it never comes due',
    ],
    [
      "initial_fidelity_tier: final",
      '2:24 initial_fidelity_tier: expected one of the fidelity_tiers (default), got "final"',
    ],
    ["fidelity_tiers: [a, a]", "2:17 fidelity_tiers: expected different tier names, got a twice"],
    ["x_n: .nan", "2:6 x_n: expected text or a finite number"],
  ])("refuses %s", (line, problem) => {
    expect(problemsOf(`id: a\n${line}\n`)).toEqual([`spec.yaml:${problem}`]);
  });

  test.each(["x", "x_a", "constructor", "a b", "../up", "__proto__"])(
    "refuses the tier %s",
    (tier) => {
      expect(problemsOf(`id: a\nfidelity_tiers: ["${tier}"]`)[0]).toStartWith(
        "spec.yaml:2:18 fidelity_tiers.0: expected",
      );
    },
  );

  test("names what escalate_when and outputs know", () => {
    const [escalation, output] = problemsOf("id: a\nescalate_when: [breakthrough]\noutputs: memo");
    expect(escalation).toEndWith("; did you mean breakthrough_found?");
    expect(output).toContain("expected daily_digest or final_ranked_memo");
  });
});

describe("parseSpec() ids", () => {
  test.each(["goal: x", "id:\ngoal: x", 'id: ""'])("requires one: %j", (text) => {
    expect(problemsOf(text)).toEqual(
      [
        "spec.yaml:1:1 id: required: expected an experiment id such as my-experiment, got nothing",
      ].map((line) => (text === 'id: ""' ? line.replace("1:1", "1:5") : line)),
    );
  });

  test("is a text", () => {
    expect(problemsOf("id: 7")).toEqual([
      "spec.yaml:1:5 id: expected text, got the number 7: put it in quotes",
    ]);
  });

  test.each(["../up", "a/b", "..", ".hidden", "a.lock", "a b", "x".repeat(300)])(
    "refuses %s",
    (id) => {
      expect(problemsOf(`id: "${id}"`)[0]).toStartWith("spec.yaml:1:5 id: expected");
    },
  );
});

describe("parseSpec() tiers", () => {
  const tiers = "id: a\nfidelity_tiers: [proxy, final]\n";

  test("collects overrides by tier", () => {
    const spec = specOf(
      `${tiers}proxy_cadence: 5\nfinal_tags_x: 1`.replace("final_tags_x: 1", "final_shell: true"),
    );
    expect(spec.overrides).toEqual({ proxy: { cadence: "5" }, final: { shell: true } });
    expect(spec.initial_fidelity_tier).toBe("proxy");
  });

  test("lets an empty text or list switch something off for one tier", () => {
    const text = `${tiers}mutation_command: m\nproxy_mutation_command: ""\nproxy_mutable_paths: []\nproxy_priority: ""\nproxy_shell:`;
    expect(specOf(text).overrides).toEqual({ proxy: { mutation_command: "", mutable_paths: [] } });
  });

  test("checks overrides like the fields themselves", () => {
    expect(
      problemsOf(`${tiers}proxy_time_budget_minutes: soon\nfinal_cadence: 99 * * * *`),
    ).toEqual([
      'spec.yaml:3:28 proxy_time_budget_minutes: expected a number above 0, got the text "soon"',
      expect.stringMatching(/^spec\.yaml:4:16 final_cadence: expected a cron expression/),
    ]);
  });

  test.each([
    [
      "proxi_cadence",
      "unknown field: proxi is not one of the fidelity_tiers (proxy, final); did you mean proxy_cadence?",
    ],
    ["cheap_cadence", "unknown field: cheap is not one of the fidelity_tiers (proxy, final)"],
    ["proxy_time_budget_minute", "unknown field; did you mean proxy_time_budget_minutes?"],
    [
      "proxy_max_iterations_total",
      "unknown field: max_iterations_total is the same for all tiers; expected it without proxy_",
    ],
    [
      "proxy_metric_direction",
      "unknown field: metric_direction is the same for all tiers; expected it without proxy_",
    ],
  ])("refuses %s", (name, message) => {
    expect(problemsOf(`${tiers}${name}: 1`)).toEqual([`spec.yaml:3:1 ${name}: ${message}`]);
  });
});

describe("parseSpec() problems", () => {
  test("names the nearest field", () => {
    expect(problemsOf("id: a\nmetric_directon: up")).toEqual([
      "spec.yaml:2:1 metric_directon: unknown field; did you mean metric_direction?",
    ]);
  });

  test("names an unknown stop condition at its key", () => {
    const [problem] = problemsOf("id: a\nstop_conditions:\n  - max_rns: 1");
    expect(problem).toStartWith("spec.yaml:3:5 stop_conditions.0.max_rns: unknown stop condition");
    expect(problem).toEndWith("did you mean max_runs?");
  });

  test("reports all at once, in the order of the file", () => {
    const error = errorOf("id: 7\nmetric: loss\nautonomous: 'yes'\nprioritty: high\ncadence: soon");
    expect(error.code).toBe("usage");
    expect(error.details.map((line) => line.split(" ")[0])).toEqual([
      "spec.yaml:1:5",
      "spec.yaml:3:13",
      "spec.yaml:4:1",
      "spec.yaml:5:10",
    ]);
    expect(error.message).toBe(`${error.details[0]} (and 3 more)`);
  });

  test("keeps each problem to one line of bounded length", () => {
    const [problem = ""] = problemsOf(`id: a\n"a\\nb${"c".repeat(900)}": 1`);
    expect(problem).toStartWith("spec.yaml:2:1 a bccc");
    expect(problem.length).toBeLessThan(520);
  });

  test("shows a hundred problems of a file full of them", () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join("\n");
    expect(problemsOf(text)).toHaveLength(101);
  });
});

describe("parseSpec() YAML", () => {
  const deep = `id: a\nx_a: ${"[".repeat(300)}${"]".repeat(300)}`;
  const bomb = ["x_a: &a [1,1,1,1,1,1,1,1,1,1]"]
    .concat(
      ["b", "c", "d", "e", "f", "g"].map(
        (name, n) => `x_${name}: &${name} [${Array(10).fill(`*${"abcdef"[n]}`).join()}]`,
      ),
    )
    .join("\n");

  test.each([
    ["", "1:1 YAML: expected fields such as 'id: my-experiment', got an empty file"],
    ["# nothing\n", "1:1 YAML: expected fields such as 'id: my-experiment', got an empty file"],
    ["- a\n", "1:1 YAML: expected fields such as 'id: my-experiment', got a list"],
    ["text", "1:1 YAML: expected fields such as 'id: my-experiment', got a single value"],
    ["id: a\nid: b", "2:1 id: expected each field once, got it a second time"],
    ["id: a\nx_a: {b: 1, b: 2}", "2:13 x_a.b: expected each field once, got it a second time"],
    [
      "id: a\ngoal:\n\tb: 1",
      "3:1 YAML: expected spaces, got a tab: YAML does not indent with tabs",
    ],
    ["id: a\nx_a:\n  b: 1\n c: 2", "4:1 YAML: All mapping items must start at the same column"],
    ["id: a\ngoal: b: c", "2:7 YAML: expected quotes around a value that contains ': '"],
    ["id: a\n---\nid: b", "2:1 YAML: expected one document, got a second one after '---'"],
    ["%YAML 1.1\n---\nid: a", "1:1 YAML: expected YAML 1.2, got 1.1"],
    ["id: a\nx_a: *b", "2:6 x_a: expected an anchor &b before the alias *b, got none"],
    ["id: a\nx_a: &a [*a]", "2:10 x_a.0: expected an anchor &a before the alias *a, got none"],
    ["id: a\nx_a: {__proto__: 1}", "2:7 x_a: expected a name before ':'"],
    ["id: a\n? [a]\n: 1", "2:3 YAML: expected a name before ':'"],
    [
      "id: a\nx_a: !!set {b}",
      "2:12 x_a: expected a plain value, got the YAML tag tag:yaml.org,2002:set",
    ],
    ["id: a\nx_a: !mine b", "2:6 YAML: expected a plain value: unresolved tag: !mine"],
    [deep, "2:70 x_a.0.0: expected at most 64 levels of nesting"],
    ["x".repeat(1024 * 1024 + 1), "1:1 YAML: expected at most 1 MiB, got 1048577 characters"],
  ])("refuses %#", (text, problem) => {
    expect(problemsOf(text)).toEqual([`spec.yaml:${problem}`]);
  });

  test("refuses alias bombs", () => {
    expect(problemsOf(`id: a\n${bomb}`)[0]).toStartWith(
      "spec.yaml:6:31 x_e.7: expected aliases to stand for at most 100000 values",
    );
  });

  test("refuses nesting that exhausts the parser", () => {
    expect(problemsOf(`id: a\nx_a: ${"[".repeat(100_000)}`)).toEqual([
      expect.stringContaining("YAML: expected less nesting"),
    ]);
  });

  test("counts lines the same with CRLF, and skips a byte order mark", () => {
    expect(problemsOf("id: a\r\ngoal: x\r\nautonomous: 5\r\n")[0]).toStartWith("spec.yaml:3:13 ");
    expect(specOf("\uFEFFid: a").id).toBe("a");
  });
});

test.each(["id: a\n? |", 'id: a\n"": 1', "id: a\n? >"])("shows the empty name in %j", (text) => {
  expect(problemsOf(text)).toEqual([expect.stringMatching(/^spec\.yaml:2:\d "": unknown field/)]);
});

describe("parseSpec() on anything", () => {
  const never = (text: string): void => {
    try {
      parseSpec(text, "spec.yaml", calendar);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      expect(error.code).toBe("usage");
      for (const line of error.details) expect(line).toMatch(/^spec\.yaml:\d+:\d+ .+: .{1,600}$/);
    }
  };

  test("throws nothing but LabError", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), never), { numRuns: 500 });
    const piece = fc.constantFrom(
      ..."id: |a|\n|  |- |\t|[|]|{|}|,|&a |*a|!!set |!x |? |'|\"|#|---|%YAML 1.1|: |>|x_a|<<|5|.nan|null|stop_conditions|proxy_".split(
        "|",
      ),
      "|",
      ...FIELD_NAMES.map((name) => `\n${name}: `),
    );
    const yamlish = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
    fc.assert(fc.property(yamlish, never), { numRuns: 3000 });
  });

  test("accepts or refuses any value of any field", () => {
    const field = fc.constantFrom(
      ...FIELD_NAMES,
      ...FIELD_NAMES.map((name) => `default_${name}`),
      "x_a",
    );
    const fields = fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 8 });
    fc.assert(
      fc.property(fields, (values) => never(JSON.stringify({ id: "a", ...values }))),
      { numRuns: 2000 },
    );
  });
});
