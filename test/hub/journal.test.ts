import { describe, expect, test } from "bun:test";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openJournal, type Journal, type JournalOptions } from "../../src/hub/journal.ts";
import { journalFiles, type JournalFiles } from "../../src/hub/journal/journal-files.ts";
import { replayJournal, type Replayed } from "../../src/hub/journal/replay.ts";
import { segmentsIn } from "../../src/hub/journal/segments.ts";
import type { HubEvent } from "../../src/hub/queue/events.ts";
import { until } from "../helpers/until.ts";
import { tempDir, type TempDir } from "../helpers/temp.ts";

/** A journal of events that only count; its snapshot is the number of those before. */
interface Counting {
  dir: string;
  journal: Journal;
  warnings: string[];
  seq(): number;
  add(): void;
}

const counted = (seq: number): HubEvent => ({ at: seq, t: "drained", worker: `w${seq}` });

async function counting(dir: TempDir, options: Partial<JournalOptions> = {}): Promise<Counting> {
  let seq = read(dir).seq;
  const warnings: string[] = [];
  const journal = await openJournal({
    folder: dir.path,
    seq: () => seq,
    snapshot: () => [
      {
        at: 0,
        t: "kept-ended",
        package: { id: `S${seq}`, experiment: "", end: { kind: "lost", reason: "" }, marks: [] },
      },
    ],
    warn: (text) => warnings.push(text),
    ...options,
  });
  return {
    dir: dir.path,
    journal,
    warnings,
    seq: () => seq,
    add() {
      seq += 1;
      journal.append(counted(seq), seq);
    },
  };
}

/** What a hub that starts now would read. */
function read(dir: TempDir): Replayed & { last: string } {
  let last = "";
  const take = (event: HubEvent): void => {
    last = event.t === "drained" ? event.worker : event.t === "kept-ended" ? event.package.id : "?";
  };
  return { ...replayJournal(dir.path, join(dir.path, "quarantine"), take), last };
}

function newest(dir: TempDir): string {
  return segmentsIn(dir.path).at(-1)?.path ?? "";
}

describe("openJournal()", () => {
  test("has on disk what it says is committed, and begins each start with a snapshot", async () => {
    using dir = tempDir();
    const one = await counting(dir);
    for (let i = 0; i < 5; i++) one.add();
    await one.journal.committed();
    expect(read(dir)).toMatchObject({ seq: 5, last: "w5", damaged: 0, missing: 0 });
    await one.journal.close();
    const two = await counting(dir);
    expect(segmentsIn(dir.path)).toHaveLength(1);
    expect(read(dir)).toMatchObject({ seq: 5, last: "S5", events: 1 });
    two.add();
    await two.journal.committed();
    expect(read(dir)).toMatchObject({ seq: 6, last: "w6", events: 2 });
    await two.journal.close();
  });

  test("writes together what comes while a sync runs", async () => {
    using dir = tempDir();
    let syncs = 0;
    const gate = Promise.withResolvers<void>();
    const files: JournalFiles = {
      ...journalFiles,
      async sync(fd) {
        syncs += 1;
        if (syncs === 2) await gate.promise;
        await journalFiles.sync(fd);
      },
    };
    const one = await counting(dir, { files });
    one.add();
    const first = one.journal.committed();
    await until(() => syncs === 2);
    const others = Array.from({ length: 100 }, () => {
      one.add();
      return one.journal.committed();
    });
    gate.resolve();
    await Promise.all([first, ...others]);
    expect(syncs).toBe(3);
    expect(read(dir)).toMatchObject({ seq: 101 });
    await one.journal.close();
  });

  test("rolls at its limit and keeps one segment", async () => {
    using dir = tempDir();
    const one = await counting(dir, { segment_bytes: 2000 });
    for (let i = 0; i < 100; i++) {
      one.add();
      await one.journal.committed();
    }
    expect(segmentsIn(dir.path)).toHaveLength(1);
    expect(Number(/\d+/.exec(newest(dir).slice(-15))?.[0])).toBeGreaterThan(3);
    expect(read(dir)).toMatchObject({ seq: 100, damaged: 0, missing: 0 });
    await one.journal.close();
  });

  test("does not roll at once again when the snapshot alone is over the limit", async () => {
    using dir = tempDir();
    const one = await counting(dir, { segment_bytes: 1 });
    const first = newest(dir);
    one.add();
    await one.journal.committed();
    expect(newest(dir)).toBe(first);
    for (let i = 0; i < 10; i++) {
      one.add();
      await one.journal.committed();
    }
    expect(newest(dir)).not.toBe(first);
    await one.journal.close();
  });

  test("takes nothing more once it is closed: another hub may have begun", async () => {
    using dir = tempDir();
    const one = await counting(dir);
    await one.journal.close();
    const path = newest(dir);
    one.add();
    const error: unknown = await one.journal.committed().catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("the hub has ended");
    expect(newest(dir)).toBe(path);
    expect(read(dir).seq).toBe(0);
  });

  test("never uses a file again whose sync failed", async () => {
    using dir = tempDir();
    let failing = false;
    const failed = new Set<number>();
    const files: JournalFiles = {
      ...journalFiles,
      async sync(fd) {
        expect(failed.has(fd)).toBe(false);
        if (failing) {
          failing = false;
          failed.add(fd);
          throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
        }
        await journalFiles.sync(fd);
      },
      async close(fd) {
        failed.delete(fd);
        await journalFiles.close(fd);
      },
    };
    const one = await counting(dir, { files });
    one.add();
    await one.journal.committed();
    failing = true;
    one.add();
    await one.journal.committed();
    expect(one.warnings.join()).toContain("EIO");
    expect(read(dir)).toMatchObject({ seq: 2, last: "S2" });
    await one.journal.close();
  });

  test("refuses while the disk is full, leaves no file behind, and goes on when there is space", async () => {
    using dir = tempDir();
    let full = false;
    const files: JournalFiles = {
      ...journalFiles,
      async append(fd, bytes) {
        if (full) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
        await journalFiles.append(fd, bytes);
      },
    };
    const one = await counting(dir, { files });
    one.add();
    await one.journal.committed();
    full = true;
    for (let i = 0; i < 3; i++) {
      one.add();
      expect(one.journal.committed()).rejects.toMatchObject({ code: "try-later" });
      await one.journal.committed().catch(() => {});
    }
    expect(segmentsIn(dir.path)).toHaveLength(1);
    expect(read(dir)).toMatchObject({ seq: 1, last: "w1" });
    full = false;
    let tries = 0;
    for (;;) {
      try {
        await one.journal.committed();
        break;
      } catch {
        expect((tries += 1)).toBeLessThan(1000);
        await Bun.sleep(10);
      }
    }
    expect(read(dir)).toMatchObject({ seq: 4, last: "S4" });
    await one.journal.close();
  });
});

describe("replayJournal()", () => {
  async function written(dir: TempDir, events: number): Promise<string> {
    const one = await counting(dir);
    for (let i = 0; i < events; i++) one.add();
    await one.journal.committed();
    await one.journal.close();
    return newest(dir);
  }

  test("passes over a torn tail, at whichever byte it was torn", async () => {
    using dir = tempDir();
    const path = await written(dir, 2);
    const whole = readFileSync(path);
    const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
    for (let cut = lastLine + 1; cut < whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      expect(read(dir)).toMatchObject({ seq: 1, damaged: 1, last: "w1" });
    }
    expect(readdirSync(join(dir.path, "quarantine")).length).toBeGreaterThan(1);
  });

  test("reads on behind damage in the middle, and says what is missing", async () => {
    using dir = tempDir();
    const path = await written(dir, 5);
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    lines[4] = (lines[4] ?? "").replace("w2", "w9");
    lines[5] = "\0".repeat(4096);
    writeFileSync(path, `${lines.join("\n")}\n`);
    expect(read(dir)).toMatchObject({ seq: 5, damaged: 2, missing: 2, last: "w5" });
    const kept = readdirSync(join(dir.path, "quarantine"));
    expect(kept).toHaveLength(2);
    expect(readFileSync(join(dir.path, "quarantine", kept[0] ?? ""), "utf8")).toContain("w9");
  });

  test("takes the older segment when a snapshot was not written to its end", async () => {
    using dir = tempDir();
    const path = await written(dir, 3);
    const next = path.replace(/0*(\d+)\.jsonl$/, "00000009.jsonl");
    writeFileSync(next, readFileSync(path, "utf8").split("\n").slice(0, 2).join("\n"));
    expect(read(dir)).toMatchObject({ seq: 3, last: "w3", damaged: 0 });
    await written(dir, 1);
    expect(segmentsIn(dir.path).map(({ number }) => number)).toEqual([10]);
    expect(read(dir)).toMatchObject({ seq: 4 });
  });

  test("reads what it can when not even a snapshot is whole", async () => {
    using dir = tempDir();
    const path = await written(dir, 3);
    const lines = readFileSync(path, "utf8").split("\n");
    lines.splice(2, 1);
    writeFileSync(path, lines.join("\n"));
    expect(read(dir)).toMatchObject({ seq: 3, last: "w3" });
  });

  test("starts with nothing, and with rubbish", async () => {
    using dir = tempDir();
    expect(read(dir)).toMatchObject({ seq: 0, events: 0 });
    appendFileSync(join(dir.path, "journal-00000001.jsonl"), Buffer.alloc(100_000, 7));
    expect(read(dir)).toMatchObject({ seq: 0, damaged: 1 });
    await written(dir, 1);
    expect(read(dir)).toMatchObject({ seq: 1, damaged: 0 });
  });

  test("refuses the journal of a newer labctl", async () => {
    using dir = tempDir();
    const { formatEntry } = await import("../../src/hub/journal/line.ts");
    const text =
      formatEntry({ t: "snapshot", v: 2, lines: 0 }, 1) + formatEntry({ t: "snapshot-end" }, 1);
    writeFileSync(join(dir.path, "journal-00000001.jsonl"), text);
    expect(() => read(dir)).toThrow("of a newer labctl");
  });
});
