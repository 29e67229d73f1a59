import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { ticketExperiment } from "../domain/ids.ts";
import { lazily } from "../domain/lazily.ts";
import type { ProcessIdentity } from "../ports.ts";
import { removeIfThere, replaceFile } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { readText } from "./read-text.ts";
import { namesIn } from "./names-in.ts";

/** What lies on disk for a ticket, all of it below scratch: only the ledger says that it is valid. */
export interface TicketFiles {
  dir: string;
  /** What is wanted, for an agent that reads files. */
  brief: string;
  /** What the workspace was when the ticket was issued. */
  base: string;
  /** Who evaluates its submission now. */
  job: string;
  /** What a background submission was given, and what it printed. */
  input: string;
  answer: string;
  log: string;
}

export function ticketFiles(layout: Layout, ticket: string): TicketFiles {
  const dir = join(layout.tickets, ticket);
  return {
    dir,
    brief: join(dir, "brief.md"),
    base: join(dir, "base.json"),
    job: join(dir, "job.json"),
    input: join(dir, "submission.json"),
    answer: join(dir, "answer.json"),
    log: join(dir, "submit.log"),
  };
}

/** Shows others that this process evaluates the ticket's submission. */
export function writeJob(files: TicketFiles, owner: ProcessIdentity): void {
  mkdirSync(files.dir, { recursive: true });
  replaceFile(files.job, `${JSON.stringify(owner)}\n`);
}

export function removeJob(files: TicketFiles): void {
  removeIfThere(files.job);
}

const IdentitySchema = lazily(() =>
  v.object({ host: v.string(), boot: v.string(), pid: v.number(), start: v.string() }),
);

/** Who evaluates the ticket's submission, or did when it died; null when nobody said so. */
export function readJob(files: TicketFiles): ProcessIdentity | null {
  const text = readText(files.job);
  if (text === null) return null;
  try {
    const found = v.safeParse(IdentitySchema(), JSON.parse(text));
    return found.success ? found.output : null;
  } catch {
    return null;
  }
}

export function hasFolder(files: TicketFiles): boolean {
  return existsSync(files.dir);
}

export function removeTicketFiles(layout: Layout, ticket: string): void {
  rmSync(ticketFiles(layout, ticket).dir, { recursive: true, force: true });
}

/** Younger folders may belong to a ticket that is just being made. */
const ORPHAN_MS = 3_600_000;

/** Removes the folders of an experiment's tickets that are no longer open. */
export function removeOrphans(
  layout: Layout,
  experiment: string,
  open: ReadonlySet<string>,
  now: Date,
): void {
  for (const name of namesIn(layout.tickets)) {
    if (ticketExperiment(name) !== experiment || open.has(name)) continue;
    const made = statSync(join(layout.tickets, name), { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && now.getTime() - made > ORPHAN_MS) removeTicketFiles(layout, name);
  }
}
