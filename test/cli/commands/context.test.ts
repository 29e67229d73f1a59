import { expect, test } from "bun:test";
import { specText, testLab } from "../../helpers/lab.ts";

const SPEC = specText("tune", "echo 0.5", "search_space: {x: {low: 0, high: 1}}\n");

test("context says what an agent needs, and what to do next", async () => {
  using lab = await testLab(SPEC);
  await lab.labctl("burst", "tune", "-n", "2");
  const { data, next, schema } = await lab.json("context", "tune");
  expect(schema).toBe("labctl/context/v1");
  expect(data).toMatchObject({
    experiment: { id: "tune", goal: "Find a good tune", kind: "params" },
    metric: { name: "score", direction: "maximize" },
    best: { value: 0.5 },
    budget: { iterations: { used: 2, max: 20, left: 18 } },
    stop: { should_stop: false },
    cuts: [],
  });
  expect(next.length).toBeGreaterThan(0);
  const { stdout } = await lab.labctl("context", "tune");
  expect(stdout).toContain("best: #1 0.5 RUN-");
  expect(stdout).toContain("18 iterations left");
});

test("context groups failures by what they said", async () => {
  using lab = await testLab(
    specText("tune", "sh -c 'exit 3'", "search_space: {x: {low: 0, high: 1}}\n"),
  );
  await lab.labctl("burst", "tune", "-n", "3");
  const { data } = await lab.json("context", "tune");
  expect(data).toMatchObject({ best: null, counts: { runs: 3, outcomes: { failed: 3 } } });
  expect(data).toMatchObject({ history: { failures: [{ count: 3 }] } });
});

test("context says when it is over, or a human has to act", async () => {
  using lab = await testLab(SPEC);
  await lab.labctl("pause", "tune", "--reason", "lunch");
  const paused = await lab.json("context", "tune");
  expect(paused.data).toMatchObject({ stop: { should_stop: true, reason: "paused: lunch" } });
  expect(paused.next[0]?.command).toBe("labctl resume tune");
});

test("context of what is not there exits 8", async () => {
  using lab = await testLab(SPEC);
  expect((await lab.labctl("context", "tuen")).code).toBe(8);
});

test("note writes a lesson that context shows; a key gives the first answer again", async () => {
  using lab = await testLab(SPEC);
  await lab.labctl("burst", "tune", "-n", "1");
  const run = (
    await Bun.file(`${lab.root}/experiments/tune/checkpoints/best-run.txt`).text()
  ).trim();
  const words = ["note", "tune", "--lesson", "small x", "--evidence", run, "--worker", "me"];
  const first = await lab.json(...words, "--idempotency-key", "k1");
  expect(first.data).toMatchObject({ lesson: { id: "L1", evidence: [run], worker: "me" } });
  const again = await lab.json(...words, "--idempotency-key", "k1");
  expect(again.data).toEqual(first.data);
  expect(again.warnings[0]).toContain("answered before");
  const other = await lab.json("note", "tune", "--lesson", "b", "--idempotency-key", "k1");
  expect(other.code).toBe(2);
  const { data } = await lab.json("context", "tune");
  expect(data).toMatchObject({ lessons: [{ id: "L1", text: "small x", evidence: [run] }] });
});

test("context knows the baseline: the known good configuration, measured first", async () => {
  const fields = "search_space: {x: {low: 0, high: 1}}\nknown_good_config: {x: 0.25}\n";
  using lab = await testLab(specText("tune", "echo {x}", fields));
  await lab.labctl("burst", "tune", "-n", "2");
  const { data } = await lab.json("context", "tune");
  expect(data).toMatchObject({ baseline: { value: 0.25, source: "known_good_config" } });
});

test("ask with an idempotency key hands out the same trial again, and takes no further one", async () => {
  using lab = await testLab(SPEC);
  const first = await lab.json("ask", "tune", "--idempotency-key", "a");
  const again = await lab.json("ask", "tune", "--idempotency-key", "a");
  expect(again.data).toEqual(first.data);
  const other = await lab.json("ask", "tune", "--idempotency-key", "b");
  expect(other.data).not.toEqual(first.data);
  const told = await lab.json("tell", "tune", "1", "--value", "0.5", "--idempotency-key", "t");
  expect(
    (await lab.json("tell", "tune", "1", "--value", "0.5", "--idempotency-key", "t")).data,
  ).toEqual(told.data);
  expect((await lab.json("tell", "tune", "1", "--value", "0.5")).code).toBe(2);
});
