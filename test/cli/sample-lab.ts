import type { MakeLab } from "../../src/cli/main.ts";
import { systemCalendar } from "../../src/platform/calendar.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";

/** A Lab on the real platform. */
export const makeLab: MakeLab = async (root, log) => ({
  root,
  log,
  clock: systemClock,
  random: systemRandom,
  calendar: systemCalendar,
  processes: createProcesses(),
  version: "test",
  env: {},
});
