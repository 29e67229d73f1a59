import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../../src/domain/errors.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { acquireLease, type Lease } from "../../../src/store/leases.ts";
import { start } from "../../helpers/racers.ts";

/** Takes and gives back the lease as often as told; the last time it keeps it and ends. */
const { folder, number, args } = await start();
const context = { locks: join(folder, "locks"), clock: systemClock, processes: createProcesses() };
const line = (word: string): void => appendFileSync(join(folder, "log"), `${word} ${number}\n`);

async function take(): Promise<Lease> {
  for (;;) {
    try {
      return acquireLease(context, "exp", "racer");
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "lease-held") throw error;
      await Bun.sleep(0);
    }
  }
}

for (let left = Number(args[0]); left > 0; left -= 1) {
  const lease = await take();
  line("take");
  await Bun.sleep(0);
  if (!lease.isCurrent()) line("lost");
  line("give");
  if (left > 1) lease.release();
}
