/**
 * The demo proper; scripts/demo prepares everything for it. Lets the compiled labctl tune the digit
 * classifier in a fresh data root, and exits 1 unless it beats the default configuration.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrialRow } from "../src/domain/types.ts";

const EXPERIMENT = "tune-classifier";
const root = join(import.meta.dir, "..");
const binary = join(root, "dist", process.platform === "win32" ? "labctl.exe" : "labctl");
const dataRoot = mkdtempSync(join(tmpdir(), "labctl-demo-"));
const env = { ...process.env, HERMES_LAB_DATA_ROOT: dataRoot };

show("init");
show("create", join(root, "examples", EXPERIMENT, "spec.yaml"));
show("burst", EXPERIMENT, "--strategy", "perturb", "-n", "30", "-j", "2");

const measured = readRuns().filter((run) => run.value !== null);
// The first run of an experiment measures its known_good_config.
const standard = measured.find((run) => run.strategy === "known-good");
const best = measured.toSorted((a, b) => score(b) - score(a))[0];
console.log(`
default configuration: ${describe(standard)}
best found:            ${describe(best)}

Look at it, or go on, with
  export HERMES_LAB_DATA_ROOT="${dataRoot}"
  "${binary}" show ${EXPERIMENT}`);
if (!(score(best) > score(standard))) {
  console.error("demo: found nothing better than the default configuration");
  process.exitCode = 1;
}

/** Runs labctl where the reader can watch it; ends the demo when labctl fails. */
function show(...args: string[]): void {
  console.log(`\n$ labctl ${args.join(" ")}`);
  const { exitCode } = Bun.spawnSync([binary, ...args], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (exitCode !== 0) process.exit(exitCode || 1);
}

function readRuns(): TrialRow[] {
  const { stdout } = Bun.spawnSync([binary, "runs", EXPERIMENT, "--all", "--json"], {
    env,
    stderr: "inherit",
  });
  const answer: { data: { runs: TrialRow[] } } = JSON.parse(stdout.toString());
  return answer.data.runs;
}

function score(run: TrialRow | undefined): number {
  return run?.value ?? Number.NaN;
}

function describe(run: TrialRow | undefined): string {
  if (run === undefined) return "not measured";
  return `${score(run).toFixed(4)} accuracy with ${JSON.stringify(run.params)}`;
}
