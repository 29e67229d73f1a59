import { expect, test } from "bun:test";
import { startLabctl } from "../helpers/binary.ts";
import { testLab } from "../helpers/lab.ts";
import { modelServer, says } from "../helpers/model-server.ts";

test("kill -9 during a paid call loses no money and no iteration", async () => {
  const hangs = (): Promise<Response> => new Promise<Response>(() => {});
  using server = modelServer(hangs, says('{"hypothesis": "up", "params": {"x": 0.5}}'));
  using lab = await testLab(`id: tune
metric: score
executor_command: sh -c 'echo $LAB_PARAM_X'
search_space: {x: {low: 0, high: 1}}
agent_provider: openai
agent_base_url: ${server.url}
agent_model: my-model
agent_price: {per_call: 0.2}
stop_conditions: {max_usd: 0.5}
`);
  const args = ["burst", "tune", "--strategy", "llm", "-n", "1"];
  await using first = startLabctl(args, { cwd: lab.dir });
  while (server.requests.length === 0) await Bun.sleep(5);
  first.kill("SIGKILL");
  await first.exited;
  // The next one goes on at once; what the killed one had asked for counts in full.
  expect((await lab.labctl(...args)).code).toBe(0);
  expect((await lab.json("show", "tune")).data).toMatchObject({
    experiment: {
      run_count: 1,
      cost_usd: 0.4,
      cost_sources: { assumed: 0.2 },
      open_calls: [{ usd: 0.2 }],
    },
  });
  const refused = await lab.labctl(...args);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain("may take $0.2000, and $0.1000 is left of max_usd 0.5");
  expect(server.requests).toHaveLength(2);
  expect((await lab.labctl("verify")).code).toBe(0);
});
