import { expect, test } from "bun:test";
import { array, assert as check, asyncProperty, constantFrom, nat, record } from "fast-check";
import { join } from "node:path";
import { openJournal, type Journal } from "../../src/hub/journal.ts";
import { journalFiles, type JournalFiles } from "../../src/hub/journal/journal-files.ts";
import { replayJournal } from "../../src/hub/journal/replay.ts";
import type { HubEvent } from "../../src/hub/queue/events.ts";
import { tempDir } from "../helpers/temp.ts";

/** The next so many calls of a kind fail; an append that fails has written a part. */
interface Faults {
  append: number;
  sync: number;
  create: number;
}

function faulty(faults: Faults): JournalFiles {
  const fails = (kind: keyof Faults): boolean => {
    if (faults[kind] === 0) return false;
    faults[kind] -= 1;
    return true;
  };
  const broken = (code: string): Error => Object.assign(new Error(code), { code });
  return {
    ...journalFiles,
    async create(path) {
      if (fails("create")) throw broken("EMFILE");
      return journalFiles.create(path);
    },
    async append(fd, bytes) {
      if (!fails("append")) return journalFiles.append(fd, bytes);
      await journalFiles.append(fd, bytes.subarray(0, bytes.length / 2));
      throw broken("ENOSPC");
    },
    async sync(fd) {
      if (fails("sync")) throw broken("EIO");
      await journalFiles.sync(fd);
    },
  };
}

const step = record({
  do: constantFrom("add", "add", "add", "commit", "commit", "crash", "append", "sync", "create"),
  n: nat(5),
});

test("whatever fails and whenever it is killed: what was acknowledged is there, in order and once", async () => {
  await check(
    asyncProperty(array(step, { maxLength: 40, size: "max" }), async (steps) => {
      using dir = tempDir();
      const faults: Faults = { append: 0, sync: 0, create: 0 };
      /** The queue is a list of numbers; a snapshot is the list. */
      let list: number[] = [];
      let acknowledged = 0;
      let journal: Journal | null = null;

      const read = (): number[] => {
        let found: number[] = [];
        const { damaged } = replayJournal(dir.path, join(dir.path, "quarantine"), (event) => {
          if (event.t === "drained") found.push(Number(event.worker));
          if (event.t === "kept-ended") found = event.package.marks.map(({ seq }) => seq);
        });
        // One torn line a file that a crash or a fault has left.
        expect(damaged).toBeLessThanOrEqual(1);
        return found;
      };
      const snapshot = (): HubEvent[] => {
        const event = { kind: "ingested", package: "", run_id: "" } as const;
        const marks = list.map((seq) => ({ seq, event }));
        const kept = { id: "", experiment: "", end: { kind: "lost", reason: "" }, marks } as const;
        return [{ at: 0, t: "kept-ended", package: { ...kept, marks } }];
      };
      const open = async (): Promise<Journal | null> => {
        try {
          return await openJournal({
            folder: dir.path,
            snapshot,
            seq: () => list.length,
            warn: () => {},
            segment_bytes: 700,
            files: faulty(faults),
          });
        } catch {
          return null;
        }
      };

      for (const { do: what, n } of steps) {
        journal ??= await open();
        if (journal === null) continue;
        switch (what) {
          case "add":
            list.push(list.length + 1);
            journal.append({ at: 0, t: "drained", worker: String(list.length) }, list.length);
            break;
          case "commit": {
            const upTo = list.length;
            const done = await journal.committed().then(
              () => true,
              () => false,
            );
            if (done) acknowledged = upTo;
            break;
          }
          case "crash":
            // What it had in hand goes on in the background, as writes of a killed process may.
            await journal.close();
            journal = null;
            list = read();
            expect(list.length).toBeGreaterThanOrEqual(acknowledged);
            expect(list).toEqual(list.map((_, index) => index + 1));
            break;
          case "append":
          case "sync":
          case "create":
            faults[what] = n;
            break;
          default:
            what satisfies never;
        }
      }
      await journal?.close();
      expect(read().length).toBeGreaterThanOrEqual(acknowledged);
    }),
    { numRuns: 60 },
  );
}, 30_000);
