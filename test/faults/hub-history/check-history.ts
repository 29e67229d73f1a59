import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TrialRow } from "../../../src/domain/types.ts";
import type { FaultLab } from "../../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../../helpers/lab-checks.ts";
import { parsedLine, type JournalEntry } from "./evidence.ts";
import type { Fleet } from "./fleet.ts";

export interface HistoryCounts {
  runs: number;
  /** Times that a run's command was started; more than `runs` when work was lost. */
  executions: number;
  /** Attempts that the hub gave out. */
  attempts: number;
  /** Results that came when another one was sealed already. */
  late: number;
}

export interface Checked {
  lab: FaultLab;
  fleet: Fleet;
  experiments: readonly string[];
  /** Runs of each experiment. */
  each: number;
}

/**
 * Holds the ledger, the bundles, the hub's journal and what the workers say against each other. Throws
 * with the first thing that should never be:
 *
 * - an iteration that is missing, is there twice, has no sealed bundle, or has the value of other params;
 * - a run that the ledger seals twice;
 * - an attempt that two workers had, or one that the hub did not give out, or to another;
 * - a result that a worker was told is sealed, and that is not what the bundle has;
 * - anything that `labctl verify` finds, or that the hub still waits for.
 */
export async function checkHistory(checked: Checked): Promise<HistoryCounts> {
  const { lab, fleet, experiments, each } = checked;
  const journal = fleet.archive.entries();
  const owners = ownersOf(journal);
  const told = checkWorkers(fleet, owners);
  const rows: TrialRow[] = [];
  for (const id of experiments) rows.push(...(await assertExactRuns(lab, id, each)));
  checkValues(rows);
  checkLedger(lab, experiments, rows.length);
  checkSealed(lab, experiments, told.sealed, owners);
  checkIngested(journal);
  await untilNothingIsOpen(lab);
  for (const { program } of fleet.workers) program.signal("SIGTERM");
  for (const { program } of fleet.workers) await program.ended();
  fleet.hub.signal("SIGTERM");
  await fleet.hub.ended();
  await lab.ok("recover");
  // What a dead hub had half received goes with `labctl hub gc`, a day later.
  await assertClean(lab, /^dispatch\/blobs\//);
  const executions = readFileSync(lab.env["EVIDENCE"] ?? "", "utf8").split("\n").length - 1;
  return { runs: rows.length, executions, attempts: owners.size, late: told.late };
}

/** The worker that has each attempt, as the hub's journal says. */
function ownersOf(journal: readonly JournalEntry[]): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { t, package: pack, epoch, worker } of journal) {
    if (t !== "claimed" || pack === undefined || epoch === undefined || worker === undefined)
      continue;
    const attempt = `${pack}.${epoch}`;
    const other = owners.get(attempt);
    if (other !== undefined) throw new Error(`${attempt} was given to ${other} and to ${worker}`);
    owners.set(attempt, worker);
  }
  return owners;
}

/** What the workers were told, against what the journal has. */
function checkWorkers(
  fleet: Fleet,
  owners: ReadonlyMap<string, string>,
): { sealed: Map<string, string>; late: number } {
  const sealed = new Map<string, string>();
  let late = 0;
  for (const { program } of fleet.workers) {
    for (const line of program.lines()) {
      const { type, attempt, status } = parsedLine(line);
      if (typeof attempt !== "string") continue;
      const worker = program.name.replace(" ", "-");
      if (type === "claimed" && owners.get(attempt) !== worker) {
        throw new Error(`${worker} has ${attempt}, which is ${owners.get(attempt) ?? "nobody"}'s`);
      }
      if (type === "refused") throw new Error(`${worker}: a result was refused: ${line}`);
      if (type !== "delivered") continue;
      if (status === "sealed") sealed.set(attempt, worker);
      else late += 1;
    }
  }
  return { sealed, late };
}

function checkValues(rows: readonly TrialRow[]): void {
  for (const { run_id, outcome, value, params } of rows) {
    const expected = Object.values(params ?? {}).reduce<number>(
      (sum, x) => sum + (Number(x) - 1.5) ** 2,
      0,
    );
    const isRight = value !== null && Math.abs(value - expected) < 1e-9 * Math.max(1, expected);
    if (outcome === "success" && isRight) continue;
    throw new Error(`${run_id} is ${outcome} with ${value}, expected ${expected}`);
  }
}

/** Ids of runs are unique within their experiment only. */
function checkLedger(lab: FaultLab, experiments: readonly string[], runs: number): void {
  const times = new Map<string, number>();
  for (const line of readFileSync(lab.path("registry", "events.jsonl"), "utf8").split("\n")) {
    const { type, experiment, run_id } = parsedLine(line);
    if (type !== "run_sealed" || !experiments.includes(String(experiment))) continue;
    const run = `${String(experiment)} ${String(run_id)}`;
    times.set(run, (times.get(run) ?? 0) + 1);
  }
  for (const [run, count] of times) {
    if (count !== 1) throw new Error(`the ledger seals ${run} ${count} times`);
  }
  if (times.size !== runs) throw new Error(`the ledger seals ${times.size} runs, not ${runs}`);
}

/** Each bundle says whose result it is. What a worker was told is sealed has to be that one. */
function checkSealed(
  lab: FaultLab,
  experiments: readonly string[],
  told: ReadonlyMap<string, string>,
  owners: ReadonlyMap<string, string>,
): void {
  const sealed = new Set<string>();
  for (const id of experiments) {
    const runs = lab.path("experiments", id, "runs");
    for (const run of readdirSync(runs)) {
      const manifest = parsedLine(readFileSync(join(runs, run, "manifest.json"), "utf8"));
      const { dispatch_id } = manifest;
      const { epoch, worker } = { epoch: 0, worker: "", ...Object(manifest["attempt"]) };
      const attempt = `${String(dispatch_id)}.${epoch}`;
      if (owners.get(attempt) !== worker) {
        throw new Error(`${run} has the result of ${worker}, and ${attempt} was never its`);
      }
      if (sealed.has(attempt)) throw new Error(`two runs have the result of ${attempt}`);
      sealed.add(attempt);
    }
  }
  for (const [attempt, worker] of told) {
    if (!sealed.has(attempt))
      throw new Error(`${worker} was told that ${attempt} is sealed; it is not`);
  }
}

function checkIngested(journal: readonly JournalEntry[]): void {
  const seen = new Set<string>();
  for (const { t, package: pack = "" } of journal) {
    if (t !== "ingested") continue;
    if (seen.has(pack)) throw new Error(`the journal has ${pack} as ingested twice`);
    seen.add(pack);
  }
}

/** Waits until the hub answers for no package any more; its documents go with them. */
async function untilNothingIsOpen(lab: FaultLab): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    const left = ["packages", "results"].flatMap((name) => {
      const folder = lab.path("registry", "hub", name);
      return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
    });
    if (left.length === 0) return;
    if (performance.now() > end) throw new Error(`the hub still keeps ${left.join(", ")}`);
    await Bun.sleep(20);
  }
}
