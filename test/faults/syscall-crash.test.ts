import { describe, test } from "bun:test";
import { randomStream } from "../../src/search/random-stream.ts";
import {
  canTrace,
  type CrashPoint,
  crashPoints,
  needsRoom,
  SCENARIOS,
  surviveCrash,
  surviveFullDisk,
} from "./syscall-crash.ts";

const SAMPLE = 3;
const seed = Number(process.env["FAULT_SEED"] ?? Math.floor(Math.random() * 1e6));

function sample(points: readonly CrashPoint[], stream: string): CrashPoint[] {
  const random = randomStream(seed, 0, stream);
  return Array.from({ length: SAMPLE }, () => {
    const point = points[Math.floor(random.uniform() * points.length)];
    if (point === undefined) throw new Error("no system call was seen");
    return point;
  });
}

/** Around the seal a run can be lost or doubled: as it is made, and before the ledger knows of it. */
function aroundTheSeal(points: readonly CrashPoint[]): CrashPoint[] {
  return ["link", "fdatasync"].flatMap(
    (call) => points.findLast((point) => point.call === call) ?? [],
  );
}

const traced = canTrace();
if (!traced) console.log("skipped: crashes at system calls (strace is missing, or may not trace)");

/** scripts/faults/syscall-matrix.ts does the same at every call. */
describe.if(traced)(`a crash at some system calls (FAULT_SEED=${seed})`, () => {
  test.each(SCENARIOS)(
    "of $name loses nothing and repeats nothing",
    async (scenario) => {
      const points = await crashPoints(scenario);
      for (const point of aroundTheSeal(points)) {
        await surviveCrash(scenario, point, { recover: false });
      }
      for (const point of sample(points, "crash")) {
        await surviveCrash(scenario, point, { recover: true });
      }
    },
    60_000,
  );

  test.each(SCENARIOS)(
    "of $name that a full disk refuses",
    async (scenario) => {
      const points = await crashPoints(scenario);
      for (const point of sample(points.filter(needsRoom), "full disk")) {
        await surviveFullDisk(scenario, point);
      }
    },
    60_000,
  );
});
