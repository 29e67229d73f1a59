import { appendFileSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { systemCode } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";
import { parseJson } from "../reduce/view-schema.ts";
import { createOnce, ensureFolder, replaceFile } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { readText } from "./read-text.ts";

/** How far one target of an experiment has been told. */
export interface Told {
  /** Notices from this position of the ledger on are still to be told. */
  next: number;
  /** Failed attempts with the first of them. */
  attempts: number;
  /** No attempt before this time; null for at once. */
  not_before: string | null;
}

/** Of each target, by its fingerprint: what a target is may be a secret. */
export type OutboxState = Record<string, Told>;

/** One attempt, as control/outbox/notifications.jsonl keeps it. */
export interface OutboxEntry {
  ts: string;
  experiment: string;
  key: string;
  topics: string[];
  /** Without its secrets. */
  target: string;
  attempt: number;
  result: "delivered" | "retry" | "refused" | "gave-up" | "dropped";
  /** HTTP status or exit code. */
  status: number | null;
  problem: string;
  duration_ms: number;
}

const StateFile = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    targets: v.record(
      v.string(),
      v.object({
        next: v.number(),
        attempts: v.number(),
        not_before: v.nullable(v.string()),
      }),
    ),
  }),
);

/** The log is turned over at this size: one older part is kept. */
const MAX_LOG_BYTES = 1 << 20;

/** null when there is none, or it is damaged. */
export function readOutbox(layout: Layout, experiment: string): OutboxState | null {
  const text = readText(pathOf(layout, experiment));
  const parsed = v.safeParse(StateFile(), text === null ? null : parseJson(text));
  return parsed.success ? parsed.output.targets : null;
}

/** Only the holder of the experiment's lease writes over what is there. */
export function writeOutbox(layout: Layout, experiment: string, targets: OutboxState): void {
  ensureFolder(folderOf(layout));
  replaceFile(pathOf(layout, experiment), render(targets));
}

/** Writes the first state unless there is one; anybody may. */
export function createOutbox(layout: Layout, experiment: string, targets: OutboxState): void {
  ensureFolder(folderOf(layout));
  createOnce(pathOf(layout, experiment), render(targets));
}

/** Experiments that ever had somebody to tell. */
export function outboxes(layout: Layout): string[] {
  try {
    return readdirSync(folderOf(layout))
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length))
      .sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error))) return [];
    throw error;
  }
}

export function logDelivery(layout: Layout, entry: OutboxEntry): void {
  const path = join(layout.outbox, "notifications.jsonl");
  ensureFolder(layout.outbox);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

function folderOf(layout: Layout): string {
  return join(layout.outbox, "notify");
}

function pathOf(layout: Layout, experiment: string): string {
  return join(folderOf(layout), `${experiment}.json`);
}

function render(targets: OutboxState): string {
  return `${JSON.stringify({ schema_version: 1, targets }, null, 2)}\n`;
}
