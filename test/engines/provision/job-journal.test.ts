import { expect, test } from "bun:test";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openJobJournal } from "../../../src/engines/provision/job-journal.ts";
import type { JobRecord } from "../../../src/engines/provision/job-record.ts";
import { applyRecord, emptyBook, liveJobs } from "../../../src/engines/provision/jobs.ts";
import { tempDir } from "../../helpers/temp.ts";

const at = "2026-01-01T00:00:00.000Z";
const tag = (n: number): string => `lab-0-slurm-${n}`;

function intent(n: number): JobRecord {
  return { kind: "intent", n, tag: tag(n), at, group: "g", package: null, slots: 1 };
}

function ended(n: number): JobRecord {
  return { kind: "ended", tag: tag(n), ended: "done", reason: "", node: null, at };
}

test("a journal costs itself alone what a crash tore", () => {
  using dir = tempDir();
  const first = openJobJournal(dir.path);
  first.append([intent(1)]);
  first.close();
  appendFileSync(join(dir.path, "jobs.jsonl"), '{"kind":"ended","ta');
  const second = openJobJournal(dir.path);
  expect(second).toMatchObject({ records: [intent(1)], damaged: 1 });
  second.append([ended(1)]);
  second.close();
  const third = openJobJournal(dir.path);
  expect(third.records).toEqual([intent(1), ended(1)]);
  third.close();
});

test("a long journal is cut when it is opened: numbers, open jobs and pauses stay", () => {
  using dir = tempDir();
  const long = openJobJournal(dir.path);
  const pause: JobRecord = { kind: "paused", number: 1, at, reason: "why" };
  const jobs = Array.from({ length: 3000 }, (_, index) => index + 1);
  // Number 5 goes on.
  long.append([pause, ...jobs.flatMap((n) => (n === 5 ? [intent(n)] : [intent(n), ended(n)]))]);
  long.close();
  const cut = openJobJournal(dir.path);
  cut.append([intent(3001)]);
  cut.close();
  const lines = readFileSync(join(dir.path, "jobs.jsonl"), "utf8").trim().split("\n");
  expect(lines).toHaveLength(1 + 1 + 2000 + 1);
  const again = openJobJournal(dir.path);
  const book = emptyBook();
  for (const record of again.records) applyRecord(book, record);
  expect(book).toMatchObject({ last: 3001, paused: { number: 1, reason: "why" } });
  expect(liveJobs(book).map(({ n }) => n)).toEqual([5, 3001]);
  again.close();
});

test("a book of jobs does not grow for ever", () => {
  const book = emptyBook();
  applyRecord(book, intent(1));
  for (let n = 2; n < 10_000; n += 1) {
    applyRecord(book, intent(n));
    applyRecord(book, ended(n));
  }
  expect(book.jobs.size).toBeLessThanOrEqual(2001);
  expect(book.jobs.has(tag(1))).toBe(true);
  expect(book.last).toBe(9999);
});
