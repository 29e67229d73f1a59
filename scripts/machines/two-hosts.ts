/**
 * Two hosts on one machine: a hub and a worker in network namespaces of their own, joined by a cable;
 * the worker sees neither the data root nor the examples (an empty file system is mounted over them),
 * only its own copy of labctl. A burst of the shipped classifier through them must come to the
 * history of a burst that runs here, apart from times and names.
 *
 *     bun scripts/machines/two-hosts.ts [--runs 200] [--strategy tpe] [--seed 5]
 *
 * Needs root, `ip` and `unshare`, and dist/labctl.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { TrialRow } from "../../src/domain/types.ts";

const EXPERIMENT = "tune-classifier";
const repository = join(import.meta.dir, "../..");
const binary = join(repository, "dist", "labctl");
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "200" },
    strategy: { type: "string", default: "tpe" },
    seed: { type: "string", default: "5" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "labctl-two-hosts-"));
const mark = String(process.pid % 10_000);
const HUB = `labhub${mark}`;
const NODE = `labnode${mark}`;
const HUB_ADDRESS = "10.77.0.1";
const children: Bun.Subprocess[] = [];

try {
  await main();
} finally {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => child.exited));
  for (const name of [HUB, NODE]) Bun.spawnSync(["ip", "netns", "del", name]);
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  layCable();
  const here = join(folder, "here");
  const there = join(folder, "there");
  const labs = [here, there];
  for (const root of labs) {
    await labctl(["init"], root);
    await labctl(["create", join(repository, "examples", EXPERIMENT, "spec.yaml")], root);
  }
  const join_string = await startHub(there);
  startWorker(join_string, there);

  const burst = ["burst", EXPERIMENT, "-n", values.runs, "--strategy", values.strategy];
  burst.push("--seed", values.seed, "-j", "1", "--quiet");
  const started = performance.now();
  const took = async (done: Promise<void>): Promise<number> => {
    await done;
    return (performance.now() - started) / 1000;
  };
  const [local_s, remote_s] = await Promise.all([
    took(labctl(burst, here)),
    took(labctl([...burst, "--engine", "hub"], there, ["ip", "netns", "exec", HUB])),
  ]);
  await labctl(["verify"], there);
  compare(historyOf(here), historyOf(there));
  console.log(
    `${values.runs} runs: the same history. local ${local_s.toFixed(1)} s, by the hub ${remote_s.toFixed(1)} s (both at the same time)`,
  );
}

function layCable(): void {
  const ip = (...args: string[]): void => run(["ip", ...args]);
  ip("netns", "add", HUB);
  ip("netns", "add", NODE);
  const [a, b] = [`vh${mark}`, `vn${mark}`];
  ip("link", "add", a, "netns", HUB, "type", "veth", "peer", "name", b, "netns", NODE);
  for (const [name, link, address] of [
    [HUB, a, HUB_ADDRESS],
    [NODE, b, "10.77.0.2"],
  ] as const) {
    ip("-n", name, "addr", "add", `${address}/24`, "dev", link);
    ip("-n", name, "link", "set", link, "up");
    ip("-n", name, "link", "set", "lo", "up");
  }
}

/** Returns the join string. */
async function startHub(root: string): Promise<string> {
  const hub = Bun.spawn(
    ["ip", "netns", "exec", HUB, binary, "serve", "--host", HUB_ADDRESS, "--json"],
    { env: environment(root), stdout: "pipe", stderr: "inherit" },
  );
  children.push(hub);
  for await (const chunk of hub.stdout) {
    const [line = ""] = new TextDecoder().decode(chunk).split("\n");
    const said: { join?: string } = JSON.parse(line);
    if (said.join !== undefined) return said.join;
  }
  throw new Error("the hub ended");
}

/** Over what it must not see lies an empty file system. */
function startWorker(join_string: string, root: string): void {
  const own = join(folder, "node");
  mkdirSync(own);
  copyFileSync(binary, join(own, "labctl"));
  run(["chmod", "755", join(own, "labctl")]);
  const hidden = [root, join(folder, "here"), repository];
  const hide = hidden.map((path) => `mount -t tmpfs none '${path}'`).join(" && ");
  const script = `${hide} && cd '${own}' && exec ./labctl worker "$JOIN" --spool '${own}/spool'`;
  const worker = Bun.spawn(
    ["ip", "netns", "exec", NODE, "unshare", "--mount", "sh", "-c", script],
    {
      cwd: own,
      env: { PATH: process.env["PATH"], HOME: own, JOIN: join_string },
      stdout: "ignore",
      stderr: "inherit",
    },
  );
  children.push(worker);
}

async function labctl(args: string[], root: string, before: string[] = []): Promise<void> {
  const child = Bun.spawn([...before, binary, ...args], {
    env: environment(root),
    stdout: "ignore",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) throw new Error(`labctl ${args.join(" ")} failed`);
}

function environment(root: string): Record<string, string | undefined> {
  return { ...process.env, HERMES_LAB_DATA_ROOT: root };
}

function run(argv: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(argv, { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")}: ${stderr.toString().trim()}`);
}

/** What of a history does not depend on when and where. */
function historyOf(root: string): string[] {
  const text = readFileSync(join(root, "experiments", EXPERIMENT, "metrics.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const { run_id: _run, ts: _ts, duration_ms: _duration, ...row }: TrialRow = JSON.parse(line);
      return JSON.stringify(row);
    });
}

function compare(local: string[], remote: string[]): void {
  for (const [index, row] of local.entries()) {
    if (row === remote[index]) continue;
    throw new Error(`run ${index + 1} differs:\n  local ${row}\n  hub   ${remote[index]}`);
  }
  if (local.length !== Number(values.runs) || remote.length !== local.length) {
    throw new Error(`${local.length} and ${remote.length} runs, expected ${values.runs}`);
  }
}
