import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnv, labctl, labctlCommand } from "../../helpers/cli.ts";
import { specText, testLab, type TestLab } from "../../helpers/lab.ts";

const SPEC = specText(
  "e1",
  "sh -c 'echo $LAB_PARAM_X'",
  "search_space: {x: {low: 0, high: 1}, n: {type: int, low: 1, high: 9}}\nworkspace_root: .\nmax_iterations_total: 50\n",
);

interface Row {
  strategy: string;
  value: number;
  params: Record<string, unknown>;
  provenance: Record<string, unknown>;
}

function rows(lab: TestLab): Row[] {
  const text = readFileSync(join(lab.root, "experiments/e1/metrics.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** labctl guided on a terminal of 90 columns. */
function onTerminal(lab: TestLab, ...flags: string[]) {
  let screen = "";
  let from = 0;
  const decoder = new TextDecoder();
  const child = Bun.spawn(labctlCommand(["guided", "e1", ...flags]), {
    cwd: lab.dir,
    env: cleanEnv({ NO_COLOR: "1", TERM: "xterm" }),
    terminal: {
      cols: 90,
      rows: 40,
      data: (_, bytes) => {
        screen += decoder.decode(bytes, { stream: true });
      },
    },
  });
  return {
    /** Waits for `text` after what was seen before; returns what came up to it. */
    async sees(text: string): Promise<string> {
      while (!screen.includes(text, from)) {
        if (child.exitCode !== null) throw new Error(`ended without ${text}: ${screen}`);
        await Bun.sleep(5);
      }
      const end = screen.indexOf(text, from) + text.length;
      const seen = screen.slice(from, end);
      from = end;
      return seen.replaceAll("\r", "");
    },
    type: (keys: string) => child.terminal?.write(keys),
    exited: child.exited,
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

const PROMPT = "Approve? [Y/n/edit/q/?] ";

describe("guided on a terminal", () => {
  test("shows the proposal, why, and what is known; runs, skips, edits and stops", async () => {
    using lab = await testLab(SPEC);
    await lab.labctl("burst", "e1", "-n", "1");
    using person = onTerminal(lab, "--strategy", "perturb", "-n", "9");
    const first = await person.sees(PROMPT);
    expect(first).toMatch(/\[1\/9\] Proposed \(perturb\): iteration 2\n/);
    expect(first).toMatch(/\n {4}x +0\.\d+ +best 0\.\d+\n {4}n +\d +(best \d|as the best)\n/);
    expect(first).toContain("why: perturb: drawn at random\n");
    expect(first).toMatch(/best score: 0\.\d+ \(maximize\) in run #1\n {4}runs: 1 \(1 success\)\n/);
    person.type("\r");
    await person.sees("[1/9]");
    expect(await person.sees(PROMPT)).toContain("[2/9] Proposed (perturb): iteration 3");
    person.type("n\r");
    await person.sees("Skipped.");
    await person.sees(PROMPT);
    person.type("maybe\r");
    expect(await person.sees(PROMPT)).toContain('Expected Y, n, edit or q, got "maybe"');
    person.type("edit\r");
    expect(await person.sees("(empty goes back): ")).toContain("x  a number from 0 to 1");
    person.type("\r");
    await person.sees(PROMPT);
    person.type("e x=7\r");
    expect(await person.sees("(empty goes back): ")).toContain(
      "x: expected a number from 0 to 1, got 7",
    );
    person.type('{"x": 0.25, "n": 3}\r');
    expect(await person.sees(PROMPT)).toContain("strategy=edited");
    person.type("q\r");
    await person.sees("Stopped by you.");
    expect(await person.exited).toBe(0);
    expect(rows(lab).map(({ strategy }) => strategy)).toEqual(["random", "perturb", "edited"]);
    expect(rows(lab)[2]).toMatchObject({
      value: 0.25,
      params: { x: 0.25, n: 3 },
      provenance: { action: "edited", of: "perturb" },
    });
  }, 20_000);

  test("ends with the input, and with Ctrl-C", async () => {
    using lab = await testLab(SPEC);
    for (const key of ["\x04", "\x03"]) {
      using person = onTerminal(lab);
      await person.sees(PROMPT);
      person.type(key);
      await person.sees("Stopped by you.");
      expect(await person.exited).toBe(0);
    }
    expect(rows(lab)).toEqual([]);
  }, 20_000);
});

describe("guided without a terminal", () => {
  async function asked(lab: TestLab, not = ""): Promise<string> {
    const folder = join(lab.root, "control/approvals");
    for (;;) {
      const names = readdirSync(folder).filter((name) => name.endsWith(".request.md"));
      const name = names.find((one) => !one.startsWith(not || "\0"));
      if (name !== undefined) return name.slice(0, -".request.md".length);
      await Bun.sleep(5);
    }
  }

  function readRequest(lab: TestLab, id: string): Record<string, unknown> {
    return JSON.parse(
      readFileSync(join(lab.root, "control/approvals", `${id}.request.json`), "utf8"),
    );
  }

  test("asks by files, which people and labctl approve answer", async () => {
    using lab = await testLab(SPEC);
    const session = lab.labctl("guided", "e1", "-n", "6", "--json");
    const first = await asked(lab);
    expect(readRequest(lab, first)).toMatchObject({
      schema: "labctl/proposal/v1",
      experiment: "e1",
      iteration: 1,
      why: "random: drawn at random",
      allowed: { x: "a number from 0 to 1" },
    });
    const listed = await lab.json("approve");
    expect(listed).toMatchObject({ data: { waiting: [{ id: first, experiment: "e1" }] } });
    expect((await lab.labctl("approve", first)).stdout).toBe(`approved: ${first}\n`);

    const second = await asked(lab, first);
    expect((await lab.labctl("approve", "e1", "--reject")).stdout).toBe(`skipped: ${second}\n`);
    const third = await asked(lab, second);
    expect((await lab.labctl("approve", "e1", "--params", '{"x": 3}')).code).toBe(0);
    while (readRequest(lab, third)["problem"] === undefined) await Bun.sleep(5);
    expect(readRequest(lab, third)["problem"]).toBe("x: expected a number from 0 to 1, got 3");
    await lab.labctl("approve", "e1", "--params", '{"x": 0.75}');
    const fourth = await asked(lab, third);
    writeFileSync(join(lab.root, "control/approvals", `${fourth}.stop`), "");

    const { code, stdout } = await session;
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.type ?? line.command)).toEqual([
      "started",
      "asked",
      "iteration",
      "asked",
      "asked",
      "asked",
      "iteration",
      "asked",
      "guided",
    ]);
    expect(lines.at(-1).data).toMatchObject({ stopped: "declined", iterations: 2 });
    expect(rows(lab)).toMatchObject([{ strategy: "random" }, { strategy: "edited", value: 0.75 }]);
    const left = readdirSync(join(lab.root, "control/approvals"));
    expect(left).toEqual(["answered"]);
  }, 30_000);

  test("gives up with exit 3, and takes a late answer in the next session", async () => {
    using lab = await testLab(SPEC);
    const first = await lab.labctl("guided", "e1", "-n", "1", "--timeout", "0");
    expect(first).toMatchObject({ code: 3, stdout: expect.stringContaining("nobody answered") });
    const id = await asked(lab);
    expect(first.stderr).toContain(`labctl approve ${id}`);
    expect((await lab.labctl("approve", id)).code).toBe(0);
    expect((await lab.labctl("approve", id)).stderr).toContain("is answered already");
    const again = await lab.labctl("guided", "e1", "-n", "1", "--timeout", "0");
    expect(again.code).toBe(0);
    expect(rows(lab)).toHaveLength(1);
    expect(existsSync(join(lab.root, "control/approvals", `${id}.request.md`))).toBeFalse();
  });

  test("needs nobody with --yes, and a run cannot approve", async () => {
    using lab = await testLab(SPEC);
    const { code, stdout } = await lab.labctl("guided", "e1", "-n", "2", "--yes");
    expect(code).toBe(0);
    expect(stdout).toMatch(/\[1\/2\] Proposed \(random\): iteration 1\n {4}x +0\.\d+\n {4}n +\d\n/);
    await lab.labctl("guided", "e1", "-n", "1", "--timeout", "0");
    const inside = { cwd: lab.dir, env: { LAB_RUN_ID: "RUN-1" } };
    expect((await labctl(["approve", "e1"], inside)).code).toBe(6);
    expect((await lab.labctl("approve", "--reject")).code).toBe(2);
    expect((await lab.labctl("approve", "e1", "--params", "[1]")).code).toBe(2);
    expect((await lab.labctl("approve", "e1", "--stop", "--reject")).code).toBe(2);
  });
});
