import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, labctl, labctlCommand } from "../../helpers/cli.ts";
import { testLab, type TestLab } from "../../helpers/lab.ts";
import { webhook } from "../../helpers/webhook.ts";

/** An experiment whose run number n measures n. */
function spec(notify: unknown, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: "e1",
    metric: "score",
    executor_command: "sh -c 'echo $LAB_RUN_ITERATION'",
    search_space: { x: { low: 0, high: 1 } },
    workspace_root: ".",
    max_iterations_total: 1000,
    notify,
    ...more,
  });
}

interface Attempt {
  key: string;
  attempt: number;
  result: string;
  status: number | null;
  problem: string;
  target: string;
}

function log(lab: TestLab): Attempt[] {
  const path = join(lab.root, "control/outbox/notifications.jsonl");
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function results(lab: TestLab): unknown[] {
  return log(lab).map(({ attempt, result, status }) => [attempt, result, status]);
}

function burst(lab: TestLab, iterations: number): Promise<{ code: number; stderr: string }> {
  return lab.labctl("burst", "e1", "-n", String(iterations));
}

describe("a webhook", () => {
  test("is told of each new best and of the end, once each, with a key of its own", async () => {
    using hook = webhook();
    using lab = await testLab(spec({ webhook: hook.url }, { max_iterations_total: 3 }));
    expect((await burst(lab, 9)).code).toBe(0);
    expect(hook.posted.map(({ event, body }) => [event, body["value"], body["previous"]])).toEqual([
      ["new-best", 1, null],
      ["new-best", 2, 1],
      ["stopped", 3, 2],
    ]);
    const [, second, last] = hook.posted;
    expect(second?.body).toMatchObject({
      schema: "labctl/notification/v1",
      key: second?.key,
      experiment: "e1",
      metric: "score",
      topics: ["new-best"],
      text: expect.stringMatching(/^e1: new best score 2 \(was 1\) in RUN-/),
    });
    expect(last?.body).toMatchObject({
      topics: ["stopped", "new-best"],
      phase: "completed",
      text: expect.stringMatching(/^e1: completed: Reached max iterations; new best score 3/),
    });
    expect(new Set(hook.posted.map(({ key }) => key)).size).toBe(3);
    expect(second?.headers.get("user-agent")).toMatch(/^labctl\/\d/);
    expect(results(lab)).toEqual([
      [1, "delivered", 200],
      [1, "delivered", 200],
      [1, "delivered", 200],
    ]);
    await lab.labctl("refresh");
    expect(await lab.labctl("notify", "--pending")).toMatchObject({ code: 0 });
    expect(hook.posted).toHaveLength(3);
  });

  test("is asked again after 500, in order and with the same key", async () => {
    using hook = webhook();
    let left = 2;
    hook.answer = () => (left-- > 0 ? 500 : 200);
    using lab = await testLab(spec([{ webhook: hook.url, on: "new-best" }]));
    await burst(lab, 2);
    expect(results(lab)).toEqual([
      [1, "retry", 500],
      [2, "retry", 500],
      [3, "delivered", 200],
      [1, "delivered", 200],
    ]);
    expect(new Set(hook.posted.slice(0, 3).map(({ key }) => key)).size).toBe(1);
    expect(hook.posted.map(({ body }) => body["value"])).toEqual([1, 1, 1, 2]);
  });

  test("is asked again after 429 not before it wants to be", async () => {
    using hook = webhook();
    const times: number[] = [];
    hook.answer = () => {
      times.push(performance.now());
      return times.length > 1
        ? 204
        : new Response("", { status: 429, headers: { "retry-after": "1" } });
    };
    using lab = await testLab(spec([{ webhook: hook.url, on: ["new-best"] }]));
    await burst(lab, 1);
    expect(results(lab)).toEqual([
      [1, "retry", 429],
      [2, "delivered", 204],
    ]);
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThan(950);
  });

  test("that wants a long wait is left to a later command, which does not hurry it", async () => {
    using hook = webhook();
    hook.answer = () => new Response("", { status: 503, headers: { "retry-after": "300" } });
    using lab = await testLab(spec([{ webhook: hook.url, on: ["new-best"] }]));
    const started = performance.now();
    expect(await burst(lab, 1)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("1 notifications wait"),
    });
    expect(performance.now() - started).toBeLessThan(4000);
    await lab.labctl("run-once");
    expect(hook.posted).toHaveLength(1);
    hook.answer = () => 200;
    expect(await lab.json("notify", "--pending")).toMatchObject({
      code: 0,
      data: { delivered: 1, pending: 0, targets: [{ experiment: "e1", pending: 0 }] },
    });
  });

  test("that refuses is not asked again", async () => {
    using hook = webhook();
    hook.answer = () => 404;
    using lab = await testLab(spec([{ webhook: hook.url, on: ["new-best"] }]));
    expect((await burst(lab, 2)).stderr).toContain("not told: webhook http://127.0.0.1");
    expect(results(lab)).toEqual([
      [1, "refused", 404],
      [1, "refused", 404],
    ]);
    expect((await lab.labctl("notify", "--pending")).stdout).toStartWith("told: 0, waiting: 0\n");
  });

  test("that hangs holds up no run, and gets what it missed from a later command", async () => {
    using hook = webhook();
    hook.answer = () => new Promise(() => {});
    using lab = await testLab(
      spec([{ webhook: hook.url, on: ["new-best"], timeout_seconds: 0.2 }]),
    );
    const first = await burst(lab, 5);
    expect(first).toMatchObject({ code: 0 });
    const { stdout } = await lab.labctl("runs", "e1", "--json");
    expect(JSON.parse(stdout).data.total).toBe(5);
    expect(log(lab)[0]).toMatchObject({ result: "retry", problem: "no answer in 0.2 s" });
    expect(await lab.labctl("notify", "--pending", "--timeout", "0.3")).toMatchObject({ code: 75 });
    hook.answer = () => 200;
    hook.posted.length = 0;
    expect((await lab.labctl("notify", "--pending")).code).toBe(0);
    expect(hook.posted.map(({ body }) => body["value"])).toEqual([1, 2, 3, 4, 5]);
  }, 20_000);

  test("gets what happened before kill -9, and while nobody listened", async () => {
    const first = webhook();
    const { port, url } = first;
    first.answer = () => new Promise(() => {});
    using lab = await testLab(spec([{ webhook: url, on: ["new-best"] }]));
    await using child = Bun.spawn(labctlCommand(["burst", "e1", "-n", "500"]), {
      cwd: lab.dir,
      env: cleanEnv(),
      stdout: "ignore",
      stderr: "ignore",
    });
    const sealed = (): number => {
      const runs = join(lab.root, "experiments/e1/runs");
      return readdirSync(runs).filter((name) => existsSync(join(runs, name, "SEALED"))).length;
    };
    while (first.posted.length === 0 || sealed() < 3) await Bun.sleep(5);
    child.kill("SIGKILL");
    await child.exited;
    first[Symbol.dispose]();
    // Refused: nobody listens.
    await lab.labctl("burst", "e1", "-n", "1");
    expect(log(lab).at(-1)).toMatchObject({ result: "retry", status: null });
    using second = webhook(port);
    await lab.labctl("notify", "--pending");
    const told = second.posted.map(({ body }) => Number(body["value"]));
    expect(told).toEqual(Array.from({ length: told.length }, (_, index) => index + 1));
    expect(told.length).toBeGreaterThanOrEqual(4);
    // The attempt that was cut off had the key of the first one told now.
    expect(second.posted[0]?.key).toBe(first.posted[0]?.key ?? "none");
  }, 20_000);

  test("keeps its secrets out of every file but the SPEC", async () => {
    using hook = webhook();
    hook.answer = () => 418;
    const target = {
      webhook: "${MY_HOOK}",
      headers: { authorization: "Bearer ${MY_TOKEN}" },
      on: "new-best",
    };
    using lab = await testLab(spec([target, { webhook: hook.url, on: "new-best" }]));
    const env = { MY_HOOK: `http://127.0.0.1:${hook.port}/fromenv-9`, MY_TOKEN: "bearer-77" };
    await labctl(["burst", "e1", "-n", "1"], { cwd: lab.dir, env });
    const fromEnv = hook.posted.find(({ path }) => path === "/fromenv-9");
    expect(fromEnv?.headers.get("authorization")).toBe("Bearer bearer-77");
    expect(hook.posted).toHaveLength(2);
    const leaks: string[] = [];
    for (const path of new Bun.Glob("**/*").scanSync({ cwd: lab.root, dot: true })) {
      const text = readFileSync(join(lab.root, path), "utf8");
      if (/fromenv-9|bearer-77/.test(text)) leaks.push(path);
      const isSpec = path.endsWith("SPEC.yaml") || path.startsWith("scratch/specs/");
      if (!isSpec && /s3cret-path|t0ken/.test(text)) leaks.push(path);
    }
    expect(leaks).toEqual([]);
    expect(log(lab).map((entry) => entry.target)).toContain(
      `webhook http://127.0.0.1:${hook.port}/...`,
    );
    const { stdout } = await lab.labctl("notify");
    expect(stdout).toContain("e1: webhook ${MY_HOOK} (new-best)\n");
    expect(stdout).not.toContain("t0ken");
  });

  test("that needs a variable waits for a command that has it", async () => {
    using hook = webhook();
    using lab = await testLab(spec([{ webhook: "${MY_HOOK}", on: "new-best" }]));
    expect((await burst(lab, 1)).stderr).toContain("notifications wait");
    expect(log(lab)[0]?.problem).toBe("MY_HOOK is not set in the environment");
    const env = { MY_HOOK: `http://127.0.0.1:${hook.port}/` };
    await labctl(["notify", "--pending"], { cwd: lab.dir, env });
    expect(hook.posted).toHaveLength(1);
  });

  test("that is named later is not told of what was before", async () => {
    using hook = webhook();
    using lab = await testLab(spec("silent"));
    await burst(lab, 3);
    const path = join(lab.root, "experiments/e1/SPEC.yaml");
    await Bun.write(path, spec({ webhook: hook.url }, { workspace_root: lab.dir }));
    await burst(lab, 1);
    expect(hook.posted.map(({ body }) => body["value"])).toEqual([4]);
  });

  test("is told what people and failures do to the experiment", async () => {
    using hook = webhook();
    using lab = await testLab(
      spec(
        { webhook: hook.url },
        { executor_command: "sh -c 'exit 3'", max_iterations_per_run: 5 },
      ),
    );
    await lab.labctl("run-once", "--max-runs", "5");
    await lab.labctl("pause", "e1");
    await lab.labctl("complete", "e1", "--reason", "enough of it");
    expect(hook.posted.map(({ body }) => [body["topics"], body["text"]])).toEqual([
      [
        ["awaiting-human", "failures"],
        expect.stringMatching(
          /^e1: waits for you \(labctl approve e1\): Repeated failures require review; several/,
        ),
      ],
      [["stopped"], "e1: completed: enough of it"],
    ]);
  });
});

describe("a command", () => {
  test("reads one JSON document, without a shell, in an environment of its own", async () => {
    using lab = await testLab(
      spec(
        { command: "sh tell.sh '$HOME' a;b", on: ["new-best", "plateau"] },
        {
          stop_conditions: { plateau_after_consecutive_low_signal_runs: 2 },
          executor_command: "echo 7",
        },
      ),
    );
    lab.write(
      "tell.sh",
      'printf "%s|%s|%s|" "$1" "$2" "$LAB_NOTIFICATION_EVENT" >> "$LAB_DATA_ROOT/told"\ncat >> "$LAB_DATA_ROOT/told"\n',
    );
    await burst(lab, 9);
    const lines = readFileSync(join(lab.root, "told"), "utf8").trim().split("\n");
    expect(lines.map((line) => line.split("|").slice(0, 3))).toEqual([
      ["$HOME", "a;b", "new-best"],
      ["$HOME", "a;b", "plateau"],
    ]);
    expect(JSON.parse(lines[1]?.split("|")[3] ?? "")).toMatchObject({
      experiment: "e1",
      topics: ["plateau", "stopped"],
      reason: "Stop condition: plateau: 2 measured runs without a new best",
    });
    expect(readdirSync(join(lab.root, "scratch"))).toEqual(["specs"]);
  });

  test("that fails is run again, and one that hangs is stopped", async () => {
    using lab = await testLab(
      spec({ command: "sh tell.sh", on: "new-best", timeout_seconds: 0.3 }),
    );
    lab.write(
      "tell.sh",
      'cd "$LAB_DATA_ROOT"; echo x >> tries\ncase $(wc -l < tries) in *1) echo no luck >&2; exit 9;; *2) sleep 600;; esac\n',
    );
    await burst(lab, 1);
    expect(log(lab)).toMatchObject([
      { attempt: 1, result: "retry", status: 9, problem: "exit code 9: no luck" },
      { attempt: 2, result: "retry", problem: "stopped after its time budget of 0.3 s" },
      { attempt: 3, result: "delivered", status: 0 },
    ]);
  });
});

describe("labctl notify", () => {
  test("--test tries the targets and records nothing", async () => {
    using hook = webhook();
    using lab = await testLab(spec([{ webhook: hook.url, on: "void" }, { command: "false" }]));
    const { code, stdout } = await lab.labctl("notify", "e1", "--test");
    expect(code).toBe(75);
    expect(stdout).toBe(
      `webhook http://127.0.0.1:${hook.port}/...: delivered\ncommand false: exit code 1\n`,
    );
    expect(hook.posted).toMatchObject([{ event: "test", body: { experiment: "e1" } }]);
    expect(log(lab)).toEqual([]);
    expect((await lab.labctl("notify", "--test")).code).toBe(2);
    expect((await lab.labctl("notify", "e2")).code).toBe(8);
  });

  test("of a lab that tells nobody says so", async () => {
    using lab = await testLab(spec("telegram"));
    expect((await lab.labctl("notify")).stdout).toBe("no experiment tells anybody\n");
    expect((await lab.labctl("notify", "e1", "--test")).code).toBe(2);
    const { stdout } = await lab.labctl("show", "e1", "--json");
    expect(JSON.parse(stdout).data.experiment.notify).toBe("telegram");
  });
});
