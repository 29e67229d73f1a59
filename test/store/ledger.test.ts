import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { LabEvent } from "../../src/domain/events.ts";
import { openLedger, type Ledger, type LedgerScan } from "../../src/store/ledger.ts";
import { formatLine, parseLine } from "../../src/store/ledger-line.ts";
import { race } from "../helpers/racers.ts";
import { tempDir } from "../helpers/temp.ts";

function event(number: number, reason = ""): LabEvent {
  const ts = String(number).padStart(4, "0");
  return { type: "phase_set", ts, experiment: "e", phase: "paused", reason };
}

/** The times of all events, and the scan. */
function readAll(ledger: Ledger, from = 0): LedgerScan & { seen: number[] } {
  const seen: number[] = [];
  const scan = ledger.scan(from, ledger.checksum(from) ?? 0, (entry) => {
    seen.push(Number(entry.event.ts));
  });
  return { ...scan, seen };
}

/** A ledger of five events, with where each line starts. */
function five(folder: string): { path: string; starts: number[]; ledger: Ledger } {
  const path = join(folder, "events.jsonl");
  const ledger = openLedger(path, "w");
  const starts = [1, 2, 3, 4, 5].map((number) => {
    const start = ledger.size();
    ledger.append([event(number)], { sync: false });
    return start;
  });
  return { path, starts, ledger };
}

describe("append() and scan()", () => {
  test("give back every event with its bytes, from any line on", () => {
    using dir = tempDir();
    const path = join(dir.path, "events.jsonl");
    const ledger = openLedger(path, "w");
    expect(readAll(ledger)).toMatchObject({ seen: [], end: 0, crc32: 0 });
    const events = [event(1, "é\n\u2028\ud800"), event(2, "x".repeat(3_000_000)), event(3)];
    ledger.append(events, { sync: true });
    const bytes = readFileSync(path);
    const found: unknown[] = [];
    ledger.scan(0, 0, ({ event: got, start, end }) => {
      const line = bytes.toString("utf8", start, end);
      expect(JSON.parse(line)).toEqual({ ...got, crc: expect.any(String) });
      expect(line.endsWith("\n")).toBe(true);
      found.push(got);
    });
    expect(found).toMatchObject([
      { ts: "0001", reason: "é\n\u2028\ud800" },
      { ts: "0002", reason: "x".repeat(3_000_000) },
      { ts: "0003" },
    ]);
    const second = bytes.indexOf(10) + 1;
    expect(readAll(ledger, second)).toMatchObject({ seen: [2, 3], end: bytes.length, damage: [] });
  });

  test("lose nothing and mix nothing when four processes append at once", async () => {
    using dir = tempDir();
    await race(join(import.meta.dir, "racers/append.ts"), dir.path, 4);
    const ledger = openLedger(join(dir.path, "events.jsonl"), "reader");
    const seen = new Map<string, number[]>();
    const scan = ledger.scan(0, 0, ({ event: { ts } }) => {
      const [writer = "", number = ""] = ts.split(" ");
      seen.set(writer, [...(seen.get(writer) ?? []), Number(number)]);
    });
    expect(scan).toMatchObject({ damage: [], torn_bytes: 0 });
    const expected = Array.from({ length: 200 }, (_, n) => Math.floor(n / 2));
    for (const writer of ["0", "1", "2", "3"]) expect(seen.get(writer)).toEqual(expected);
  });

  test.if(existsSync("/dev/full"))("a full disk is named, and leaves no gap in the numbers", () => {
    using dir = tempDir();
    const { path, ledger } = five(dir.path);
    renameSync(path, `${path}.kept`);
    symlinkSync("/dev/full", path);
    ledger.close();
    expect(() => ledger.append([event(6)], { sync: false })).toThrow("no space left");
    ledger.close();
    renameSync(`${path}.kept`, path);
    ledger.append([event(7)], { sync: false });
    expect(readAll(ledger)).toMatchObject({ seen: [1, 2, 3, 4, 5, 7], damage: [] });
  });
});

describe("a torn last line", () => {
  test("is left out, and costs only itself once somebody appends", () => {
    using dir = tempDir();
    const { path, starts } = five(dir.path);
    truncateSync(path, statSync(path).size - 20);
    const other = openLedger(path, "other");
    const torn = readAll(other);
    expect(torn).toMatchObject({ seen: [1, 2, 3, 4], end: starts[4], damage: [] });
    expect(torn.torn_bytes).toBe(statSync(path).size - torn.end);
    other.append([event(6)], { sync: true });
    const after = readAll(other);
    expect(after).toMatchObject({ seen: [1, 2, 3, 4, 6], torn_bytes: 0 });
    expect(after.damage).toMatchObject([{ start: starts[4], problem: "not JSON" }]);
  });

  test("is ended by endTornLine(), once", () => {
    using dir = tempDir();
    const { path, ledger } = five(dir.path);
    expect(ledger.endTornLine()).toBe(false);
    truncateSync(path, statSync(path).size - 1);
    expect(ledger.endTornLine()).toBe(true);
    expect(ledger.endTornLine()).toBe(false);
    // Only its newline was missing: nothing is lost.
    expect(readAll(ledger)).toMatchObject({ seen: [1, 2, 3, 4, 5], damage: [], torn_bytes: 0 });
    expect(openLedger(join(dir.path, "none"), "w").endTornLine()).toBe(false);
  });
});

describe("damage in the middle", () => {
  function damaged(change: (bytes: Buffer, third: number, fourth: number) => Buffer): {
    seen: number[];
    damage: LedgerScan["damage"];
  } {
    using dir = tempDir();
    const { path, starts } = five(dir.path);
    const [, , third = 0, fourth = 0] = starts;
    writeFileSync(path, change(readFileSync(path), third, fourth));
    return readAll(openLedger(path, "reader"));
  }

  const MISSING = { problem: "1 events missing before this line" };

  test("a flipped bit costs that line", () => {
    const { seen, damage } = damaged((bytes, third) => {
      bytes[third + 20] = (bytes[third + 20] ?? 0) ^ 1;
      return bytes;
    });
    expect(seen).toEqual([1, 2, 4, 5]);
    expect(damage).toMatchObject([{ problem: "checksum does not match" }, MISSING]);
  });

  test("a line that somebody edited costs that line", () => {
    const { seen, damage } = damaged((bytes) =>
      Buffer.from(bytes.toString().replace('"0003","experiment":"e"', '"0003","experiment":"f"')),
    );
    expect(seen).toEqual([1, 2, 4, 5]);
    expect(damage[0]?.problem).toBe("checksum does not match");
  });

  test("zeros over the end of a line cost that line and the next", () => {
    const { seen, damage } = damaged((bytes, _third, fourth) => bytes.fill(0, fourth - 9, fourth));
    expect(seen).toEqual([1, 2, 5]);
    expect(damage).toHaveLength(2);
    expect(damage[1]?.problem).toBe("2 events missing before this line");
  });

  test("bytes that are no UTF-8 cost that line", () => {
    const { seen, damage } = damaged((bytes, third) => bytes.fill(0xff, third + 30, third + 33));
    expect(seen).toEqual([1, 2, 4, 5]);
    expect(damage).toHaveLength(2);
  });

  test("a line longer than any event is skipped unread", () => {
    const { seen, damage } = damaged((bytes, third) =>
      Buffer.concat([
        bytes.subarray(0, third),
        Buffer.alloc((1 << 26) + 10, "x"),
        Buffer.from("\n"),
        bytes.subarray(third),
      ]),
    );
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(damage).toHaveLength(1);
    expect(damage[0]?.problem).toContain("a line of 67108875 bytes");
  });

  test("a line that is gone is reported by the sequence number after it", () => {
    const { seen, damage } = damaged((bytes, third, fourth) =>
      Buffer.concat([bytes.subarray(0, third), bytes.subarray(fourth)]),
    );
    expect(seen).toEqual([1, 2, 4, 5]);
    expect(damage).toMatchObject([MISSING]);
    expect(damage[0]?.start).toBe(damage[0]?.end ?? -1);
  });

  test("lines of the Python original are no damage, and no events", () => {
    const line = `{"schema_version":1,"type":"run_completed","experiment":"e"}\n\n`;
    const { seen, damage } = damaged((bytes, third) =>
      Buffer.concat([bytes.subarray(0, third), Buffer.from(line), bytes.subarray(third)]),
    );
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(damage).toEqual([]);
  });
});

describe("checksum()", () => {
  test("is the same whether read as a whole or followed line by line", () => {
    using dir = tempDir();
    const { path, starts, ledger } = five(dir.path);
    appendFileSync(path, "garbage\n");
    let crc32 = 0;
    let end = 0;
    for (const start of [...starts, ledger.size()]) {
      const part = openLedger(path, "reader").scan(end, crc32, () => {});
      expect(ledger.checksum(start)).toBe(Bun.hash.crc32(readFileSync(path).subarray(0, start)));
      ({ end, crc32 } = part);
    }
    expect(crc32).toBe(ledger.checksum(ledger.size()) ?? -1);
    expect(ledger.checksum(ledger.size() + 1)).toBeNull();
    expect(openLedger(join(dir.path, "none"), "w").checksum(0)).toBe(0);
  });
});

describe("parseLine()", () => {
  test("never throws, not even for a right checksum over something that is no JSON", () => {
    const body = '{"ts":';
    const crc = Bun.hash.crc32(body).toString(16).padStart(8, "0");
    expect(parseLine(`${body},"crc":"${crc}"}`).kind).toBe("damaged");
    for (const text of ["", "{", "[]", "null", "{}", "\0", '{"a":1,"crc":"00000000"}']) {
      expect(parseLine(text).kind).toBe("damaged");
    }
    expect(parseLine(formatLine(event(1), "w", 7).trimEnd())).toMatchObject({
      kind: "event",
      writer: "w",
      sequence: 7,
    });
  });
});
