import { expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FaultLab, faultLab } from "../helpers/fault-lab.ts";
import { runLabctl } from "../helpers/binary.ts";

/** Says that it runs, and measures x0 as soon as it may. */
const GATED = `sh -c 'touch "$GATE.started"; while [ ! -e "$GATE" ]; do sleep 0.05; done; echo "$LAB_PARAM_X0"'`;

interface Tickets {
  tickets: { ticket: string; workspace: string | null }[];
}

async function gatedLab(): Promise<{ lab: FaultLab; gate: string }> {
  const lab = await faultLab();
  const gate = join(lab.dir, "gate");
  const executor_command = GATED.replaceAll("$GATE", gate);
  await lab.create({ id: "tune", metric_direction: "maximize", executor_command });
  return { lab, gate };
}

async function ticketOf(lab: FaultLab, experiment: string, worker: string) {
  const { tickets } = await lab.json<Tickets>("next", experiment, "--worker", worker);
  const [first] = tickets;
  if (first === undefined) throw new Error("no ticket");
  return first;
}

const point = (x0: number): string => JSON.stringify({ x0, x1: 0, x2: 0, x3: 0, x4: 0 });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(20);
}

test("kill -9 during submit, then the same submit again: one run", async () => {
  const { lab: made, gate } = await gatedLab();
  await using lab = made;
  const { ticket } = await ticketOf(lab, "tune", "one");
  const words = ["submit", ticket, "--params", point(0.5)];
  const first = lab.start(...words);
  await until(() => existsSync(`${gate}.started`));
  first.kill("SIGKILL");
  await first.exited;
  writeFileSync(gate, "");
  const done = await lab.json<{ run_id: string; value: number }>(...words);
  expect(done.value).toBe(0.5);
  expect(await lab.json<object>(...words)).toEqual({ ...done, replayed: true });
  const { runs } = await lab.json<{ runs: object[] }>("runs", "tune");
  expect(runs).toMatchObject([{ run_id: done.run_id, iteration: 1 }]);
  await lab.ok("verify");
});

test("kill -9 right after the run was sealed: the same submit finds it", async () => {
  const { lab: made, gate } = await gatedLab();
  await using lab = made;
  writeFileSync(gate, "");
  const { ticket } = await ticketOf(lab, "tune", "one");
  const words = ["submit", ticket, "--params", point(0.5)];
  const first = lab.start(...words);
  const runs = (): Promise<{ runs: object[] }> => lab.json("runs", "tune");
  await until(async () => (await runs()).runs.length > 0);
  first.kill("SIGKILL");
  await first.exited;
  await lab.ok(...words);
  expect((await runs()).runs).toHaveLength(1);
});

test("a submission in the background: wait times out, then tells how it ended", async () => {
  const { lab: made, gate } = await gatedLab();
  await using lab = made;
  const { ticket } = await ticketOf(lab, "tune", "one");
  const words = ["submit", ticket, "--params", point(0.5), "--hypothesis", "half", "--detach"];
  expect(await lab.json<object>(...words)).toMatchObject({ state: "running", ticket });
  await until(() => existsSync(`${gate}.started`));
  expect((await lab.labctl("wait", ticket, "--timeout", "0.2")).code).toBe(124);
  expect((await lab.labctl("wait", "tune", "--timeout", "0.2")).code).toBe(124);
  // Its agent gets another ticket meanwhile, and the same call does not start it twice.
  expect((await ticketOf(lab, "tune", "one")).ticket).not.toBe(ticket);
  expect(await lab.json<object>(...words)).toMatchObject({ state: "running", pid: null });
  writeFileSync(gate, "");
  const done = await lab.json<{ value: number }>("wait", ticket, "--timeout", "60");
  expect(done).toMatchObject({ what: "ticket", ticket, value: 0.5, outcome: "success" });
  expect(await lab.json<object>("wait", "tune")).toMatchObject({ what: "experiment", runs: 1 });
  expect(await lab.json<object>(...words)).toMatchObject({ state: "done", replayed: true });
});

test("a background process that is killed is told by wait; the ticket stays usable", async () => {
  const { lab: made, gate } = await gatedLab();
  await using lab = made;
  const { ticket } = await ticketOf(lab, "tune", "one");
  const words = ["submit", ticket, "--params", point(0.5)];
  const { pid } = await lab.json<{ pid: number }>(...words, "--detach");
  await until(() => existsSync(`${gate}.started`));
  process.kill(pid, "SIGKILL");
  const waited = await lab.labctl("wait", ticket, "--timeout", "60");
  expect(waited.code).toBe(130);
  expect(waited.stderr).toContain("submit");
  writeFileSync(gate, "");
  expect((await lab.json<{ value: number }>(...words)).value).toBe(0.5);
});

test("two agents submit at the same time: each is run once, one after the other", async () => {
  const { lab: made, gate } = await gatedLab();
  await using lab = made;
  const one = await ticketOf(lab, "tune", "one");
  const two = await ticketOf(lab, "tune", "two");
  const both = [
    lab.labctl("submit", one.ticket, "--params", point(0.3), "--stale-ok"),
    lab.labctl("submit", two.ticket, "--params", point(0.6), "--stale-ok"),
  ];
  await until(() => existsSync(`${gate}.started`));
  writeFileSync(gate, "");
  expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
  const { runs } = await lab.json<{ runs: { value: number }[] }>("runs", "tune");
  expect(runs.map(({ value }) => value).sort((a, b) => a - b)).toEqual([0.3, 0.6]);
  await lab.ok("verify");
});

/** A lab with an experiment that takes code. */
async function codeLab(): Promise<FaultLab> {
  const lab = await faultLab();
  const workspace = join(lab.dir, "app");
  mkdirSync(join(workspace, "src"), { recursive: true });
  writeFileSync(join(workspace, "eval.sh"), "cat src/value.txt\n");
  writeFileSync(join(workspace, "src/value.txt"), "1\n");
  await lab.create({
    id: "code",
    metric_direction: "maximize",
    workspace_root: workspace,
    executor_command: "builtin:reference",
    validation_command: "sh eval.sh",
    mutable_paths: ["src"],
    read_only_paths: ["eval.sh"],
  });
  return lab;
}

test("without git changed files are refused, and nothing is spent", async () => {
  await using lab = await codeLab();
  const { ticket } = await ticketOf(lab, "code", "one");
  const bin = join(lab.dir, "bin");
  mkdirSync(bin);
  for (const name of ["sh", "cat"]) symlinkSync(Bun.which(name) ?? "", join(bin, name));
  const words = ["submit", ticket, "--changes", '{"src/value.txt": "2\\n"}'];
  const env = { HERMES_LAB_DATA_ROOT: lab.root, PATH: bin };
  const refused = await runLabctl(words, { cwd: lab.dir, env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("git is needed to score changed files");
  expect(await lab.json<object>(...words)).toMatchObject({ value: 2, iteration: 1 });
});

test("dispatch-agent-next and -submit speak the original's words", async () => {
  await using lab = await codeLab();
  const given = await lab.labctl("dispatch-agent-next", "--worker", "one");
  expect(given.code).toBe(0);
  const dispatch = JSON.parse(given.stdout);
  expect(Object.keys(dispatch)).toEqual([
    "dispatch_id",
    "experiment",
    "package_dir",
    "workspace_root",
    "mutable_paths",
    "read_only_paths",
    "validation_command",
    "mutation_brief_path",
    "metric",
    "metric_direction",
    "best_metric_value",
    "iteration",
    "role",
    "run_id",
    "fidelity_tier",
    "time_budget_minutes",
    "input_files",
    "current_files",
  ]);
  expect(dispatch.current_files).toEqual({ "src/value.txt": "1\n" });
  expect(Object.keys(dispatch.input_files)).toContain("SPEC.yaml");
  expect(dispatch.input_files["plan.md"]).toContain("Make one bounded change");

  const answer = (changes: unknown, more: object = {}): string => {
    const file = join(lab.dir, "answer.json");
    const { dispatch_id } = dispatch;
    writeFileSync(file, JSON.stringify({ dispatch_id, changes, reasoning: "why", ...more }));
    return file;
  };
  const refused: [unknown, object, number][] = [
    [{ "eval.sh": "echo 99\n" }, {}, 6],
    [{ "../x": "" }, {}, 6],
    [[], {}, 2],
    [{ "src/value.txt": 2 }, {}, 2],
    [{}, { dispatch_id: "TK-1" }, 8],
    [{}, { reasoning: 1 }, 2],
  ];
  for (const [changes, more, code] of refused) {
    const { code: found } = await lab.labctl("dispatch-agent-submit", answer(changes, more));
    expect(found).toBe(code);
  }
  writeFileSync(join(lab.dir, "bad.json"), '{"dispatch_id": ');
  expect((await lab.labctl("dispatch-agent-submit", join(lab.dir, "bad.json"))).code).toBe(2);

  const done = await lab.ok("dispatch-agent-submit", answer({ "src/value.txt": "4\n" }));
  expect(JSON.parse(done)).toEqual({
    dispatch_id: dispatch.dispatch_id,
    experiment: "code",
    outcome: "success",
    accepted: true,
    candidate_value: 4,
    previous_best_value: null,
    reference_source: expect.any(String),
    changed_files: ["src/value.txt"],
    ingested: true,
  });
  await lab.ok("pause", "code");
  const none = await lab.labctl("dispatch-agent-next");
  expect(none).toMatchObject({ code: 1, stdout: "{}\n" });
  const named = await lab.labctl("dispatch-agent-next", "--experiment", "code", "--json");
  expect(named.code).toBe(1);
  expect(JSON.parse(named.stdout).data).toEqual({ dispatch_id: null });
});
