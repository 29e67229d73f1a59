import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labctl, type CliResult } from "../../helpers/cli.ts";
import { type ModelServer, modelServer, refuses, says } from "../../helpers/model-server.ts";
import { testLab, type TestLab } from "../../helpers/lab.ts";

const KEY = "key-that-is-secret-0123";

function spec(more: string): string {
  return `id: tune
metric: score
executor_command: sh -c 'echo $LAB_PARAM_X'
search_space: {x: {low: 0, high: 1}}
agent_model: gpt-4o-mini
${more}`;
}

function serverSpec(server: ModelServer, more = ""): string {
  return spec(`agent_provider: openai\nagent_base_url: ${server.url}\n${more}`);
}

function burst(lab: TestLab, ...flags: string[]): Promise<CliResult> {
  return labctl(["burst", "tune", "--strategy", "llm", ...flags], {
    cwd: lab.dir,
    env: { OPENAI_API_KEY: KEY },
  });
}

const proposal = (x: number): string => JSON.stringify({ hypothesis: "up", params: { x } });

/** All text that a lab holds. */
function everything(lab: TestLab): string {
  const files = readdirSync(lab.root, { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
    .join("\n");
}

describe("burst --strategy llm", () => {
  test("runs proposals, tells what they cost, and writes the key nowhere", async () => {
    using server = modelServer(says(`{"x": 1} ${proposal(0.5)} says ${KEY}`), says(proposal(0.75)));
    using lab = await testLab(serverSpec(server));
    const { code, stdout, stderr } = await burst(lab, "-n", "2");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("strategy=llm");
    const show = await lab.labctl("show", "tune");
    expect(show.stdout).toContain("$0.0004 and 2200 tokens in 2 calls ($0.0004 priced)");
    expect((await lab.labctl("status")).stdout).toContain("models: $0.0004, 2200 tokens");
    expect((await lab.json("show", "tune")).data).toMatchObject({
      experiment: { cost_usd: 0.00042, cost_tokens: 2200, cost_calls: 2, open_calls: [] },
    });
    expect(everything(lab)).not.toContain(KEY);
  });

  test.each([
    ["without the right key", 2, refuses(403, "no"), "", "set OPENAI_API_KEY to a valid key"],
    ["with an outage", 75, refuses(500, "", { "retry-after": "0" }), "", "try later"],
    [
      "with a cap that is too low",
      4,
      says(""),
      "stop_conditions: {max_usd: 0.000001}\n",
      "raise max_usd in stop_conditions",
    ],
  ])("%s exits with %d and uses up no iteration", async (_, exit, reply, more, hint) => {
    using server = modelServer(reply);
    using lab = await testLab(serverSpec(server, more));
    const { code, stderr } = await burst(lab, "-n", "3");
    expect(code).toBe(exit);
    expect(stderr).toContain(hint);
    expect((await lab.json("show", "tune")).data).toMatchObject({ experiment: { run_count: 0 } });
  });

  test("waits for the answer of a person, and takes it the next time", async () => {
    using lab = await testLab(spec("agent_provider: file\nagent_background: true\n"));
    const asked = await burst(lab, "-n", "1");
    expect(asked.code).toBe(75);
    const at = (name: string): string => join(lab.root, "control/proposals", name);
    expect(asked.stderr).toContain(at("tune-1.answer.json"));
    expect(existsSync(at("tune-1.prompt.md"))).toBe(true);
    writeFileSync(at("tune-1.answer.json"), '{"x": 2}');
    const wrong = await burst(lab, "-n", "1");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("x: expected a number from 0 to 1, got 2");
    writeFileSync(at("tune-1.answer.json"), proposal(0.25));
    const { code, stdout } = await burst(lab, "-n", "1");
    expect(code).toBe(0);
    expect(stdout).toContain("score=0.250000");
  });

  test("goes on with another arm's turn in a swarm, offline", async () => {
    using lab = await testLab(spec("agent_provider: stub\n"));
    const flags = ["--strategies", "llm", "random", "-n", "4", "--json"];
    const { code, stdout } = await lab.labctl("swarm", "tune", ...flags);
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const arms = lines.filter(({ type }) => type === "iteration").map(({ strategy }) => strategy);
    expect(arms).toEqual(["llm", "random", "llm", "random"]);
  });

  test("deleted and refreshed, everything comes back byte for byte", async () => {
    using server = modelServer(says(proposal(0.5)));
    using lab = await testLab(serverSpec(server));
    await burst(lab, "-n", "1");
    const names = ["costs.jsonl", "STATUS.json", "SUMMARY.md"];
    const read = (): string[] =>
      names.map((name) => readFileSync(join(lab.root, "experiments/tune", name), "utf8"));
    const before = read();
    for (const name of names) {
      writeFileSync(join(lab.root, "experiments/tune", name), "something else");
    }
    expect((await lab.labctl("refresh")).code).toBe(0);
    expect(read()).toEqual(before);
    expect((await lab.labctl("verify")).code).toBe(0);
  });
});
