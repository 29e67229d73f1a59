/**
 * How long it takes a machine that has nothing yet to work for a hub: from `curl` of install.sh and
 * of the executable, both served by the hub itself, to its first claim.
 *
 *     bun scripts/machines/join-time.ts [--rounds 5]
 *
 * Needs dist/labctl and curl.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const repository = join(import.meta.dir, "../..");
const binary = join(repository, "dist", "labctl");
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const folder = mkdtempSync(join(tmpdir(), "labctl-join-time-"));
const env = { ...process.env, HERMES_LAB_DATA_ROOT: join(folder, "lab-data") };
const children: Bun.Subprocess[] = [];

try {
  await main();
} finally {
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((child) => child.exited));
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  labctl("init");
  const spec = "id: one\nmetric: score\nexecutor_command: echo 1\nmax_iterations_total: 1000\n";
  await Bun.write(join(folder, "spec.yaml"), `${spec}search_space: {x: {low: 0, high: 1}}\n`);
  labctl("create", join(folder, "spec.yaml"));
  const hub = spawn([binary, "serve", "--port", "0", "--json"]);
  const { url } = await firstLine(hub);
  const rounds = Number(values.rounds);
  const burst = spawn([binary, "burst", "one", "-n", String(rounds), "--engine", "hub", "--quiet"]);
  const took: number[] = [];
  for (let round = 1; round <= rounds; round += 1) took.push(await joinOnce(String(url), round));
  await burst.exited;
  took.sort((a, b) => a - b);
  const seconds = (ms = 0): string => `${(ms / 1000).toFixed(2)} s`;
  console.log(
    `from curl to the first claim: median ${seconds(took[Math.floor(rounds / 2)])}, most ${seconds(took.at(-1))} (${rounds} rounds)`,
  );
}

/** Milliseconds. */
async function joinOnce(url: string, round: number): Promise<number> {
  const node = join(folder, `node${round}`);
  mkdirSync(node);
  const joining = labctl("hub", "token", "--scope", "join", "--json");
  const { join: join_string }: { join: string } = JSON.parse(joining).data;
  const script = `curl -fsSL '${url}/install.sh' | sh -s -- --dir '${node}/bin' >&2 && exec '${node}/bin/labctl' worker "$JOIN" --spool '${node}/spool' --once --json`;
  const started = performance.now();
  const worker = spawn(["sh", "-c", script], { HOME: node, JOIN: join_string });
  const claimed = await lineOf(worker, (said) => said["type"] === "claimed");
  const took = performance.now() - started;
  if (claimed === null) throw new Error("the worker ended without a claim");
  await worker.exited;
  return took;
}

function spawn(argv: string[], more: Record<string, string> = {}) {
  const child = Bun.spawn(argv, { env: { ...env, ...more }, stdout: "pipe", stderr: "ignore" });
  children.push(child);
  return child;
}

type Child = ReturnType<typeof spawn>;

async function firstLine(child: Child): Promise<Record<string, unknown>> {
  const line = await lineOf(child, () => true);
  if (line === null) throw new Error("the hub ended");
  return line;
}

/** Reads on in the background, so that the pipe never fills. */
async function lineOf(
  child: Child,
  isWanted: (said: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown> | null> {
  return new Promise((resolve) => {
    void (async () => {
      let rest = "";
      for await (const chunk of child.stdout) {
        const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const said: Record<string, unknown> = JSON.parse(line);
          if (isWanted(said)) resolve(said);
        }
      }
      resolve(null);
    })();
  });
}

function labctl(...args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([binary, ...args], { env, stderr: "pipe" });
  if (exitCode === 0) return stdout.toString();
  throw new Error(`labctl ${args.join(" ")}: ${stderr.toString()}`);
}
