import type { AttemptResult } from "../domain/dispatch/attempt.ts";
import { parseRunPackage, type RunPackage } from "../domain/dispatch/run-package.ts";
import { LabError } from "../domain/errors.ts";
import { isStorageError } from "../store/durable.ts";
import type { Documents } from "./documents.ts";
import type { Queue } from "./queue.ts";
import type { PackageState } from "./queue/state.ts";
import { openSweeper } from "./sweeper.ts";

/** What becomes of the run of a package that is over. Both may be called again for the same one. */
export interface Endings {
  sealed(
    pack: RunPackage,
    result: AttemptResult,
  ): Promise<"ingested" | "was-ingested" | "run-gone">;
  ended(pack: RunPackage, how: { outcome: "lost" | "cancelled"; reason: string }): Promise<void>;
}

export interface Ingestion {
  /** Something is over. */
  wake(): void;
  /** Takes no further one; resolves when the one in hand is done. */
  stop(): Promise<void>;
  /** Those that failed so far, and why: they are tried again. */
  troubles(): ReadonlyMap<string, string>;
}

export interface IngestionOptions {
  queue: Queue;
  packages: Documents;
  results: Documents;
  /** Resolves when everything recorded so far is durable. */
  committed: () => Promise<void>;
  endings: Endings;
  /** Puts a package and what is known of it where people look. */
  quarantine(pack: PackageState, document: string | null, why: string): Promise<void>;
  warn: (message: string) => void;
}

/** A result that cannot be ingested for a reason that will not go away is given so many chances. */
const TRIES = 3;
/** Their ends are written to the journal together. */
const TOGETHER = 32;
/** Trouble of the disk, or somebody who holds a lease. */
const PASSING_MS = 1000;

/**
 * Brings what is over into the ledger, one after the other and again until it is there; one that
 * fails waits and lets the others pass.
 */
export function startIngestion(options: IngestionOptions): Ingestion {
  const { queue, packages, results, endings, warn } = options;
  const failed = new Map<string, { tries: number; until_ms: number; why: string }>();
  const sweeper = openSweeper(warn);
  let running: Promise<void> | null = null;
  let timer: Timer | null = null;
  let stopped = false;

  /** What may be tried now, a few at a time. */
  function next(): PackageState[] {
    const found: PackageState[] = [];
    if (stopped) return found;
    const now_ms = queue.now_ms();
    for (const pack of queue.state.ending) {
      if ((failed.get(pack.summary.id)?.until_ms ?? 0) <= now_ms) found.push(pack);
      if (found.length >= TOGETHER) break;
    }
    return found;
  }

  async function run(): Promise<void> {
    for (let packs = next(); packs.length > 0; packs = next()) {
      try {
        // Nothing may follow from an end that a crash could undo.
        await options.committed();
      } catch (error) {
        for (const pack of packs) later(pack.summary.id, error);
        continue;
      }
      const done: PackageState[] = [];
      for (const pack of packs) {
        if (stopped) break;
        if (await bring(pack)) done.push(pack);
        // Sealing a run holds up the event loop for some milliseconds: others have their turn between.
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      await leave(done);
    }
    running = null;
    plan();
  }

  /** False when it has to be tried again. */
  async function bring(pack: PackageState): Promise<boolean> {
    const { id } = pack.summary;
    const tries = failed.get(id)?.tries ?? 0;
    try {
      const document = await packages.get(id);
      const how = tries < TRIES ? await end(pack, document) : await giveUp(pack, document, tries);
      queue.record({ t: "ingested", package: id, how });
      failed.delete(id);
      return true;
    } catch (error) {
      later(id, error);
      return false;
    }
  }

  /** The files of what is in the ledger are not needed any more; what stays is removed at the next start. */
  async function leave(packs: readonly PackageState[]): Promise<void> {
    try {
      await options.committed();
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
      return;
    }
    for (const { summary, end: how, result } of packs) {
      const isFile = how?.kind === "sealed" && result === null;
      sweeper.later(packages, summary.id);
      if (isFile) sweeper.later(results, `${summary.id}.${how.epoch}`);
    }
  }

  async function end(pack: PackageState, document: string | null): Promise<string> {
    const parsed = document === null ? null : parseRunPackage(document);
    if (parsed === null) throw new LabError("damaged", "the package's own file is gone or damaged");
    const how = pack.end;
    switch (how?.kind) {
      case "sealed":
        return endings.sealed(parsed, await resultOf(pack, how.epoch));
      case "cancelled":
        await endings.ended(parsed, { outcome: "cancelled", reason: how.reason });
        return "cancelled";
      case "lost":
        await options.quarantine(pack, document, how.reason);
        await endings.ended(parsed, { outcome: "lost", reason: how.reason });
        return "lost";
      case undefined:
        throw new LabError("damaged", "nobody knows how it ended");
      default:
        return how satisfies never;
    }
  }

  async function resultOf(pack: PackageState, epoch: number): Promise<AttemptResult> {
    if (pack.result !== null) return pack.result;
    const text = await results.get(`${pack.summary.id}.${epoch}`);
    if (text === null) throw new LabError("damaged", "the file with its result is gone");
    // It was checked before it was written there.
    const result: AttemptResult = JSON.parse(text);
    return result;
  }

  /**
   * What cannot be ingested is kept, and its run ends without a result; if even that is impossible,
   * `recover` finds a run that no queue knows.
   */
  async function giveUp(
    pack: PackageState,
    document: string | null,
    tries: number,
  ): Promise<string> {
    const why = failed.get(pack.summary.id)?.why ?? "";
    await options.quarantine(pack, document, why);
    warn(`${pack.summary.id} is in dispatch/quarantine: ${why}`);
    const parsed = document === null ? null : parseRunPackage(document);
    if (parsed !== null && tries < 2 * TRIES) {
      await endings.ended(parsed, { outcome: "lost", reason: `its result is not usable: ${why}` });
    }
    return "quarantined";
  }

  function later(id: string, error: unknown): void {
    const before = failed.get(id)?.tries ?? 0;
    const passes = isStorageError(error) || (error instanceof LabError && error.retryable);
    const why = error instanceof Error ? error.message : String(error);
    const tries = passes ? before : before + 1;
    const wait_ms = passes ? PASSING_MS : 20 * 3 ** tries;
    failed.set(id, { tries, until_ms: queue.now_ms() + wait_ms, why });
    warn(`${id} is not ingested yet, and tried again: ${why}`);
  }

  function plan(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (stopped || queue.state.ending.size === 0) return;
    const untils = [...queue.state.ending].map(
      ({ summary }) => failed.get(summary.id)?.until_ms ?? 0,
    );
    timer = setTimeout(wake, Math.max(0, Math.min(...untils) - queue.now_ms()));
  }

  function wake(): void {
    if (!stopped) running ??= Promise.resolve().then(run);
  }

  return {
    wake,
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
      await sweeper.stop();
    },
    troubles: () => new Map([...failed].map(([id, { why }]) => [id, why])),
  };
}
