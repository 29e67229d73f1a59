import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ENVIRONMENT_VARIABLES,
  childEnvironment,
  environmentTable,
  executorEnvironment,
  paramVariable,
} from "../../src/domain/env-contract.ts";
import { specWith } from "../run/request.ts";

/** The names the original's executors know, and the new ones. */
const CONTRACT =
  `LAB_SCHEMA_VERSION LAB_DATA_ROOT LAB_REPO_ROOT LAB_EXPERIMENT_ID LAB_RUN_ID LAB_RUN_DIR
LAB_RUN_ITERATION LAB_SPEC_PATH LAB_SUMMARY_PATH LAB_NEXT_PATH LAB_CONTEXT_PATH LAB_PROGRAM_PATH LAB_ROLE
LAB_LEASE_ID LAB_TIME_BUDGET_MINUTES LAB_PRIMARY_METRIC LAB_METRIC_DIRECTION LAB_FIDELITY_TIER LAB_FIDELITY_TIERS
LAB_NEXT_FIDELITY_TIER LAB_EXECUTOR_CLASS LAB_WORKSPACE_ROOT LAB_SETUP_COMMAND LAB_BASELINE_COMMAND
LAB_MUTATION_COMMAND LAB_AGENT_PROVIDER LAB_AGENT_MODEL LAB_AGENT_EFFORT LAB_AGENT_INSTRUCTION_FILE
LAB_AGENT_BASE_URL LAB_AGENT_BACKGROUND LAB_VALIDATION_COMMAND LAB_ACCEPTANCE_RULE LAB_PROMOTION_STRATEGY
LAB_WORKSPACE_MODE LAB_REQUIRE_CLEAN_WORKSPACE LAB_MUTABLE_PATHS LAB_READ_ONLY_PATHS LAB_INGRESS_FILES
LAB_EGRESS_FILES LAB_ARTIFACTS_EXPECTED LAB_BEST_RUN_ID LAB_BEST_METRIC_VALUE LAB_DISPATCH_ID LAB_DISPATCH_DIR
LAB_DISPATCH_STAGE LAB_PARAMS LAB_SEED LAB_REPORT_FILE LAB_EFFECTIVE_WORKSPACE_ROOT LAB_ORIGINAL_WORKSPACE_ROOT
LAB_RUN_ARTIFACTS_DIR`.split(/\s+/);

const input = {
  spec: specWith({ workspace_root: "/w", fidelity_tiers: ["a", "b"], time_budget_minutes: 0.5 }),
  data_root: "/lab",
  experiment_dir: "/lab/experiments/demo",
  run: {
    id: "RUN-1",
    dir: "/lab/experiments/demo/runs/RUN-1",
    iteration: 3,
    role: "scout",
    tier: "a",
    next_tier: "b",
    lease_id: "LEASE-1",
  },
  best: null,
  params: null,
  seed: null,
  sandbox_dir: null,
};

describe("executorEnvironment()", () => {
  test("sets every variable of the contract and no other", () => {
    expect(Object.keys(executorEnvironment(input)).toSorted()).toEqual(CONTRACT.toSorted());
    expect(ENVIRONMENT_VARIABLES.map(({ name }) => name)).toEqual(CONTRACT);
  });

  test("writes lists by line, booleans in words, unset as empty", () => {
    const environment = executorEnvironment(input);
    expect(environment).toMatchObject({
      LAB_FIDELITY_TIERS: "a\nb",
      LAB_AGENT_BACKGROUND: "false",
      LAB_TIME_BUDGET_MINUTES: "0.5",
      LAB_RUN_ITERATION: "3",
      LAB_SPEC_PATH: "/lab/experiments/demo/SPEC.yaml",
      LAB_PROGRAM_PATH: "/lab/PROGRAM.md",
      LAB_BEST_METRIC_VALUE: "",
      LAB_PARAMS: "",
      LAB_SEED: "",
      LAB_EFFECTIVE_WORKSPACE_ROOT: "",
      LAB_ORIGINAL_WORKSPACE_ROOT: "",
    });
  });

  test("gives params as JSON and one by one, and a zero as 0", () => {
    const params = { lr: 1e-7, "net.depth": 3, name: "a b", on: true, list: [1, "x"] };
    const environment = executorEnvironment({
      ...input,
      params,
      seed: 0,
      best: { run_id: "RUN-0", value: 0 },
    });
    expect(JSON.parse(environment.LAB_PARAMS ?? "")).toEqual(params);
    expect(environment).toMatchObject({
      LAB_PARAM_LR: "1e-7",
      LAB_PARAM_NET_DEPTH: "3",
      LAB_PARAM_NAME: "a b",
      LAB_PARAM_ON: "true",
      LAB_PARAM_LIST: '[1,"x"]',
      LAB_SEED: "0",
      LAB_BEST_METRIC_VALUE: "0",
    });
  });

  test("takes the input files of a package from its folder", () => {
    const dispatch = { id: "D", dir: "/d", stage: "running" };
    const environment = executorEnvironment({ ...input, dispatch, input_dir: "/d/input" });
    expect(environment).toMatchObject({
      LAB_DISPATCH_ID: "D",
      LAB_DISPATCH_STAGE: "running",
      LAB_NEXT_PATH: "/d/input/NEXT.md",
      LAB_PROGRAM_PATH: "/d/input/PROGRAM.md",
    });
  });
});

test("paramVariable() keeps letters and digits only", () => {
  expect(paramVariable("a-b.c 1é")).toBe("LAB_PARAM_A_B_C_1_");
});

test("childEnvironment() drops BUN_* and the LAB_* of an enclosing run, keeps the rest", () => {
  const inherited = { PATH: "/bin", BUN_OPTIONS: "--x", LAB_PARAM_OLD: "1", HERMES_LAB_X: "y" };
  expect(childEnvironment(inherited, { LAB_RUN_ID: "RUN-1" })).toEqual({
    PATH: "/bin",
    HERMES_LAB_X: "y",
    LAB_RUN_ID: "RUN-1",
  });
});

test("docs/executors.md has the current table of variables (UPDATE_DOCS=1 rewrites it)", () => {
  const path = join(import.meta.dir, "../../docs/executors.md");
  const text = readFileSync(path, "utf8");
  const expected = text.replace(
    /(<!-- generated: .* -->\n)[^]*(<!-- end -->)/,
    (_, start: string, end: string) => `${start}\n${environmentTable()}\n\n${end}`,
  );
  if (process.env.UPDATE_DOCS === "1") writeFileSync(path, expected);
  expect(readFileSync(path, "utf8")).toBe(expected);
});
