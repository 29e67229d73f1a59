/**
 * How long it takes a machine that has nothing to take its first run: `curl URL/install.sh | sh` from a hub, then
 * `labctl worker`, over loopback.
 *
 *     bun scripts/bench/first-claim.ts [--rounds 5]
 *
 * LABCTL_BIN names the executable that the hub is, and gives out; else it is dist/labctl.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { program } from "../../test/faults/hub-history/program.ts";
import { parsedLine } from "../../test/faults/hub-history/evidence.ts";
import { faultLab } from "../../test/helpers/fault-lab.ts";

process.env["LABCTL_BIN"] ||= join(import.meta.dir, "../../dist/labctl");
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const installs: number[] = [];
const claims: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const { installed_ms, claimed_ms } = await once();
  installs.push(installed_ms);
  claims.push(claimed_ms);
}
console.log(`installed after ${told(installs)}; first claim after ${told(claims)}`);

async function once(): Promise<{ installed_ms: number; claimed_ms: number }> {
  await using lab = await faultLab();
  await lab.create({ id: "first", max_iterations_total: 1 });
  const at = { cwd: lab.dir, env: lab.env };
  const hub = program({
    ...at,
    name: "hub",
    args: () => ["serve", "--port", "0", "--json"],
    log: join(lab.dir, "hub"),
  });
  hub.start();
  const { url, join: joining } = await lineWith(() => hub.lines(), "url");
  const burst = program({
    ...at,
    name: "burst",
    args: () => ["burst", "first", "-n", "1", "--engine", "hub"],
    log: join(lab.dir, "burst"),
  });
  burst.start();

  const began = performance.now();
  const home = join(lab.dir, "bin");
  const install = `curl -fsSL ${url}/install.sh | sh -s -- --dir ${home}`;
  const done = Bun.spawnSync(["sh", "-c", install], { stdout: "ignore", stderr: "inherit" });
  if (!done.success) throw new Error("install.sh failed");
  const installed_ms = performance.now() - began;
  const flags = ["--spool", join(lab.dir, "spool"), "--once", "--json"];
  const worker = Bun.spawn([join(home, "labctl"), "worker", joining, ...flags], {
    cwd: lab.dir,
    env: { ...process.env, ...lab.env },
    stdout: "pipe",
  });
  let said = "";
  let claimed_ms = 0;
  const decoder = new TextDecoder();
  for await (const bytes of worker.stdout) {
    said += decoder.decode(bytes, { stream: true });
    if (claimed_ms === 0 && said.includes('"claimed"')) claimed_ms = performance.now() - began;
  }
  if (claimed_ms === 0 || (await burst.ended()) > 4) throw new Error(`no run was claimed: ${said}`);
  await hub.kill();
  return { installed_ms, claimed_ms };
}

async function lineWith(lines: () => string[], key: string) {
  for (;;) {
    const found = lines()
      .map(parsedLine)
      .find((line) => key in line);
    if (found !== undefined) return { url: String(found["url"]), join: String(found["join"]) };
    await Bun.sleep(2);
  }
}

function told(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)} ms`;
  return `${at(0.5)} (${at(0)} to ${at(1)})`;
}
