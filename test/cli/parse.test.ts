import { describe, expect, test } from "bun:test";
import { defineCommand, type ParsedArgs } from "../../src/cli/command.ts";
import { parseArgv } from "../../src/cli/parse.ts";
import { burst } from "./sample-registry.ts";

const parse = (...argv: string[]): ParsedArgs => parseArgv(burst, argv);

function problem(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("parseArgv() reads", () => {
  test("defaults when nothing is given", () => {
    expect(parse("e1")).toEqual({
      experiment: "e1",
      iterations: 10,
      jobs: 1,
      pause: 0,
      seed: undefined,
      strategy: "random",
      strategies: [],
      reason: undefined,
      "search-space": undefined,
      yes: false,
      "data-root": undefined,
      json: false,
      quiet: false,
      help: false,
    });
  });

  test.each([
    [["-n", "20"]],
    [["-n20"]],
    [["-n=20"]],
    [["--iterations", "20"]],
    [["--iterations=20"]],
  ])("%p as 20 iterations", (argv) => {
    expect(parse("e1", ...argv)["iterations"]).toBe(20);
    expect(parse(...argv, "e1")["iterations"]).toBe(20);
  });

  test("several flags around the positional", () => {
    const args = parse("-j4", "--yes", "e1", "--pause", ".5", "-q");
    expect(args).toMatchObject({ jobs: 4, yes: true, experiment: "e1", pause: 0.5, quiet: true });
  });

  test("negative numbers as values", () => {
    expect(parse("e1", "--seed", "-5")["seed"]).toBe(-5);
    expect(parse("-5")["experiment"]).toBe("-5");
  });

  test("a lone hyphen as a value", () => {
    expect(parse("-")["experiment"]).toBe("-");
    expect(parse("e1", "--search-space", "-")["search-space"]).toBe("-");
  });

  test("everything after -- as positionals", () => {
    expect(parse("--yes", "--", "--json")).toMatchObject({ experiment: "--json", json: false });
  });

  test("empty and odd text after =", () => {
    expect(parse("e1", "--reason=")["reason"]).toBe("");
    expect(parse("e1", "--reason", "")["reason"]).toBe("");
    expect(parse("e1", "--reason=--a=b")["reason"]).toBe("--a=b");
  });

  test.each([
    [["--strategies", "a", "b", "c"]],
    [["--strategies", "a,b", "--strategies=c"]],
    [["--strategies", "a", "--strategies", "b", "c", "--yes"]],
    [["--strategies=a, b,,c"]],
  ])("%p as one list", (argv) => {
    expect(parse("e1", ...argv)["strategies"]).toEqual(["a", "b", "c"]);
  });

  test("only the attached word of --list=a", () => {
    expect(parse("--strategies=a", "e1")).toMatchObject({ strategies: ["a"], experiment: "e1" });
  });

  test("a repeated switch once", () => {
    expect(parse("e1", "--json", "--json")["json"]).toBe(true);
  });

  test("rest, optional and chosen positionals", () => {
    const command = defineCommand({
      name: "sample",
      examples: [],
      flags: {},
      positionals: {
        first: { description: "", options: ["a", "b"] },
        second: { description: "", optional: true },
        others: { description: "", rest: true },
      },
      run: async () => ({ data: {}, human: [] }),
    });
    expect(parseArgv(command, ["a"])).toMatchObject({ first: "a", second: undefined, others: [] });
    expect(parseArgv(command, ["b", "x", "y", "z"])).toMatchObject({
      second: "x",
      others: ["y", "z"],
    });
    expect(() => parseArgv(command, ["c"])).toThrow("<first> for sample: expected a, b, got 'c'");
  });
});

describe("parseArgv() refuses", () => {
  test.each([
    [
      ["e1", "--iteratons", "5"],
      "unknown option --iteratons for burst; did you mean --iterations?",
    ],
    [["e1", "--iteratons=5"], "unknown option --iteratons for burst; did you mean --iterations?"],
    [["e1", "--jsn"], "unknown option --jsn for burst; did you mean --json?"],
    [["e1", "--no-whatever"], "unknown option --no-whatever for burst"],
    [["e1", "--constructor"], "unknown option --constructor for burst"],
    [
      ["e1", "-iterations", "5"],
      "unknown option -iterations for burst; did you mean --iterations?",
    ],
    [["e1", "-z"], "unknown option -z for burst"],
    [["e1", "-n"], "-n needs a value for burst"],
    [
      ["e1", "--iterations", "--yes"],
      "--iterations needs a value for burst; write --iterations=VALUE when the value begins with '-'",
    ],
    [
      ["e1", "--strategies", "--yes"],
      "--strategies needs a value for burst; write --strategies=VALUE when the value begins with '-'",
    ],
    [["e1", "--json=yes"], "--json takes no value, got 'yes'"],
    [["e1", "-yq"], "-y takes no value, got 'q'"],
    [["e1", "-n", "3", "--iterations", "4"], "--iterations is given more than once for burst"],
    [["e1", "e2"], "unexpected argument 'e2' for burst"],
    [[], "burst needs <experiment>"],
    [
      ["--strategies", "a", "e1"],
      "burst needs <experiment>; give it before --strategies, which takes every word",
    ],
    [["e1", "-n", "ten"], "--iterations for burst: expected a whole number, at least 1, got 'ten'"],
    [["e1", "-n", "0"], "--iterations for burst: expected a whole number, at least 1, got '0'"],
    [["e1", "-n", "2.5"], "--iterations for burst: expected a whole number, at least 1, got '2.5'"],
    [
      ["e1", "-n", "1e99"],
      "--iterations for burst: expected a whole number, at least 1, got '1e99'",
    ],
    [["e1", "-n", ""], "--iterations for burst: expected a whole number, at least 1, got ''"],
    [["e1", "-j", "65"], "--jobs for burst: expected a whole number from 1 to 64, got '65'"],
    [
      ["e1", "--seed", "9007199254740993"],
      "--seed for burst: expected a whole number, got '9007199254740993'",
    ],
    [["e1", "--pause", "-1"], "--pause for burst: expected a number, at least 0, got '-1'"],
    [
      ["e1", "--pause", "Infinity"],
      "--pause for burst: expected a number, at least 0, got 'Infinity'",
    ],
    [
      ["e1", "--strategy", "randm"],
      "--strategy for burst: expected random, tree, got 'randm'; did you mean random?",
    ],
  ])("%p", (argv, message) => {
    expect(problem(...argv)).toBe(message);
  });
});

test("defineCommand() gives run() the types that the declaration implies", () => {
  defineCommand({
    name: "typed",
    examples: [],
    flags: {
      n: { type: "integer", default: 1, description: "" },
      seed: { type: "integer", description: "" },
      how: { type: "string", options: ["a", "b"], default: "a", description: "" },
      why: { type: "string", description: "" },
      list: { type: "string", multiple: true, options: ["x", "y"], description: "" },
      yes: { type: "boolean", description: "" },
    },
    positionals: {
      id: { description: "" },
      to: { description: "", optional: true },
      ids: { description: "", rest: true },
    },
    async run(_context, args) {
      args.n satisfies number;
      args.seed satisfies number | undefined;
      args.how satisfies "a" | "b";
      args.why satisfies string | undefined;
      args.list satisfies ("x" | "y")[];
      args.yes satisfies boolean;
      args.id satisfies string;
      args.ids satisfies string[];
      // @ts-expect-error not given means undefined
      args.seed satisfies number;
      // @ts-expect-error an optional positional may be missing
      args.to satisfies string;
      // @ts-expect-error a name that was not declared
      return { data: {}, human: [String(args.nope)] };
    },
  });
  expect().pass();
});
