import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { formatEntry } from "../../src/hub/journal/line.ts";
import { segmentPath } from "../../src/hub/journal/segments.ts";
import type { HubEvent } from "../../src/hub/queue/events.ts";
import { summaryOf, parseRunPackage } from "../../src/domain/dispatch/run-package.ts";
import { completeText, packageText } from "./documents.ts";
import { row, type Group } from "./row.ts";
import { startHub } from "./start-hub.ts";

const TARGET_S = 5;

/** A hub that starts from a journal of `events` events. */
export async function replay(folder: string, events: number): Promise<Group> {
  const root = join(folder, "hub-replay");
  mkdirSync(join(root, "hub"), { recursive: true });
  const path = segmentPath(join(root, "hub"), 1);
  writeJournal(path, events);
  const started = performance.now();
  const parsing = await readFloor(path);
  const floor_s = (performance.now() - started) / 1000;
  const begun = performance.now();
  await using hub = await startHub(root, 0);
  const seconds = (performance.now() - begun) / 1000;
  const mib = parsing / 2 ** 20;
  return {
    title: "Starting again",
    rows: [
      row(
        `${events.toLocaleString("en")} events (${mib.toFixed(0)} MiB), process and all`,
        `${seconds.toFixed(2)} s`,
        {
          floor: `${floor_s.toFixed(2)} s (JSON.parse)`,
          target: `<= ${TARGET_S} s`,
          ok: seconds <= TARGET_S,
        },
      ),
      row("peak memory of that hub", `${hub.peak_mib()?.toFixed(0) ?? "?"} MiB`),
      row(
        "journal after it",
        `${(statSync(segmentPath(join(root, "hub"), 2)).size / 2 ** 20).toFixed(1)} MiB`,
      ),
    ],
  };
}

/** Each package: submitted, claimed, completed, ingested. */
function writeJournal(path: string, events: number): void {
  const fd = openSync(path, "wx");
  let seq = 0;
  let lines: string[] = [
    formatEntry({ t: "snapshot", v: 1, lines: 0 }, 0),
    formatEntry({ t: "snapshot-end" }, 0),
  ];
  const add = (event: HubEvent): void => {
    lines.push(formatEntry(event, (seq += 1)));
    if (lines.length < 1000) return;
    writeSync(fd, lines.join(""));
    lines = [];
  };
  for (let number = 0; number < events / 4; number++) {
    const pack = parseRunPackage(packageText(number));
    if (pack === null) throw new Error("the sample package is none");
    const { id } = pack;
    const at = 1_800_000_000_000 + number;
    const { result } = JSON.parse(completeText(id, 1, "end-of-it"));
    add({ at, t: "submitted", pack: summaryOf(pack) });
    add({
      at,
      t: "claimed",
      package: id,
      epoch: 1,
      worker: `w${number % 64}`,
      key: `claim-${number}`,
    });
    add({ at, t: "completed", package: id, epoch: 1, key: `end-${number}`, class: null, result });
    add({ at, t: "ingested", package: id, how: "ingested" });
  }
  writeSync(fd, lines.join(""));
  closeSync(fd);
}

/** Reading and parsing alone; returns the bytes. */
async function readFloor(path: string): Promise<number> {
  let bytes = 0;
  const text = await Bun.file(path).text();
  for (const line of text.split("\n")) {
    if (line !== "") JSON.parse(line);
    bytes += line.length + 1;
  }
  return bytes;
}
