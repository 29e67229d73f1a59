import { existsSync, readFileSync, statSync } from "node:fs";
import { layoutOf } from "../../src/store/layout.ts";
import { parseLine } from "../../src/store/ledger-line.ts";
import type { LabEvent, RunSealed } from "../../src/domain/events.ts";
import type { SeededLab } from "./seed-lab.ts";

/** Milliseconds that a whole process takes, from before the fork to its end. */
export function processTime(argv: string[]): number {
  const started = performance.now();
  const { exitCode, stderr } = Bun.spawnSync(argv, {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const took = performance.now() - started;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended ${exitCode}: ${stderr.toString()}`);
  return took;
}

/** argv of `labctl burst` on the lab's first experiment. */
export function burstArgv(
  binary: string,
  lab: SeededLab,
  { iterations, jobs }: { iterations: number; jobs: number },
): string[] {
  const counts = ["-n", String(iterations), "-j", String(jobs)];
  return [binary, "burst", lab.experiment, ...counts, "--quiet", "--data-root", lab.root];
}

/**
 * Milliseconds of one burst iteration in the steady state: the time between the first and the last
 * run that the ledger says were completed, divided. So neither start-up nor closing is in it, and
 * nobody watches while it runs.
 */
export function iterationTime(
  binary: string,
  lab: SeededLab,
  size: { iterations: number; jobs: number },
): number {
  const { ledger } = layoutOf(lab.root);
  const before = existsSync(ledger) ? statSync(ledger).size : 0;
  processTime(burstArgv(binary, lab, size));
  const times = sealedRuns(lab, before).map((event) => Date.parse(event.ts));
  if (times.length !== size.iterations) {
    throw new Error(`burst sealed ${times.length} runs, expected ${size.iterations}`);
  }
  return (Math.max(...times) - Math.min(...times)) / (times.length - 1);
}

/** The runs that the ledger of a lab says were sealed, from byte `from` on. */
export function sealedRuns(lab: SeededLab, from = 0): RunSealed[] {
  return ledgerLines(lab, from).flatMap(({ event }) =>
    event.type === "run_sealed" ? [event] : [],
  );
}

/** Each event of a lab's ledger with its line, from byte `from` on. */
export function ledgerLines(lab: SeededLab, from = 0): { event: LabEvent; line: string }[] {
  return readFileSync(layoutOf(lab.root).ledger)
    .subarray(from)
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const parsed = parseLine(line);
      return line !== "" && parsed.kind === "event"
        ? [{ event: parsed.event, line: `${line}\n` }]
        : [];
    });
}
