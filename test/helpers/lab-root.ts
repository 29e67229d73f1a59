import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createExperiment } from "../../src/app/create.ts";
import { initLab } from "../../src/app/init.ts";
import type { Lab } from "../../src/app/lab.ts";
import { openSession, type Session } from "../../src/app/session.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";
import type { Clock } from "../../src/ports.ts";
import { layoutOf, type Layout } from "../../src/store/layout.ts";
import { openLabStore, type LabStore } from "../../src/store/lab-store.ts";
import { tempDir } from "./temp.ts";

export const processes = createProcesses();

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

/** A clock that stands still until it is moved. */
export function testClock(start = "2026-11-23T18:10:37.000Z"): TestClock {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    monotonic_ms: () => now,
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

export interface LabRoot {
  /** With the real ports but for the clock, and an environment that has a PATH only. */
  lab: Lab;
  clock: TestClock;
  layout: Layout;
  /** What the lab logged. */
  log: string[];
  /** The first session of the data root. */
  session: Session;
  /** A further one, as another labctl would open it. */
  open(): Promise<Session>;
  /** Creates an experiment; fields beyond id and metric as given. */
  create(id: string, fields?: Record<string, unknown>): Promise<void>;
  [Symbol.dispose](): void;
}

/** A new data root in a temporary folder. */
export async function labRoot(start?: string): Promise<LabRoot> {
  const folder = tempDir();
  const clock = testClock(start);
  const log: string[] = [];
  const lab: Lab = {
    root: join(folder.path, "lab-data"),
    clock,
    random: systemRandom,
    calendar: systemCalendar,
    processes,
    log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
    version: "test",
    env: { PATH: process.env["PATH"] },
  };
  await initLab(lab);
  const session = await openSession(lab);
  return {
    lab,
    clock,
    layout: layoutOf(lab.root),
    log,
    session,
    open: () => openSession(lab),
    async create(id, fields = {}) {
      const text = specYaml({ id, ...fields });
      await createExperiment(session, { text, file: "-", cwd: folder.path });
    },
    [Symbol.dispose]() {
      session.store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** SPEC.yaml with these fields and a metric called score. */
export function specYaml(fields: Record<string, unknown>): string {
  const all = { metric: "score", ...fields };
  return Object.entries(all)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");
}

let writers = 0;

/** A store of its own over a data root, as another process would have it. */
export function storeOf(layout: Layout): LabStore {
  writers += 1;
  return openLabStore({
    layout,
    calendar: systemCalendar,
    version: "test",
    writer: `writer${writers}`,
  });
}

/** Writes a file with the folders it needs. */
export function put(path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
