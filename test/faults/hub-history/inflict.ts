import { readdirSync, readFileSync } from "node:fs";
import type { Fleet, Worker } from "./fleet.ts";
import type { Program } from "./program.ts";
import type { Fault, FaultKind } from "./schedule.ts";

/** What faults are done to. */
export interface Victims {
  fleet: Fleet;
  bursts: Program[];
}

/** Does them one at a time for each program, whatever happens to the others meanwhile. */
export interface Inflictor {
  begin(fault: Fault): void;
  /** Everything begun is over and mended. Throws what went wrong while doing it. */
  finished(): Promise<void>;
  /** How often each was really done. */
  done: Map<FaultKind, number>;
}

export function inflictor(victims: Victims): Inflictor {
  const queues = new Map<string, Promise<void>>();
  const done = new Map<FaultKind, number>();

  return {
    begin(fault) {
      const name = victimOf(fault);
      const after = queues.get(name) ?? Promise.resolve();
      const next = after.then(async () => {
        if (await inflict(fault, victims)) done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
      });
      // finished() throws it.
      next.catch(() => {});
      queues.set(name, next);
    },
    async finished() {
      await Promise.all(queues.values());
    },
    done,
  };
}

function victimOf(fault: Fault): string {
  if (fault.kind === "hub killed") return "hub";
  if (fault.kind === "burst killed") return `burst ${fault.burst}`;
  if (fault.kind === "clock moved") return fault.who === "hub" ? "hub" : `worker ${fault.who}`;
  return `worker ${fault.worker}`;
}

/** False when it could not be done: nothing runs any more, or this machine lacks what it takes. */
async function inflict(fault: Fault, { fleet, bursts }: Victims): Promise<boolean> {
  const of = (index: number): Worker => {
    const worker = fleet.workers[index];
    if (worker === undefined) throw new Error(`there is no worker ${index}`);
    return worker;
  };
  switch (fault.kind) {
    case "hub killed":
      await fleet.killHub();
      await Bun.sleep(fault.rest_ms);
      await fleet.startHub();
      return true;
    case "worker killed": {
      const { program } = of(fault.worker);
      await program.kill();
      await Bun.sleep(fault.rest_ms);
      program.start();
      return true;
    }
    case "machine lost": {
      const { program, spool } = of(fault.worker);
      await program.kill();
      await killBelow(spool);
      await Bun.sleep(fault.rest_ms);
      program.start();
      return true;
    }
    case "burst killed": {
      const burst = bursts[fault.burst];
      if (burst === undefined || burst.exitCode() !== null) return false;
      await burst.kill();
      await Bun.sleep(fault.rest_ms);
      burst.start();
      return true;
    }
    case "worker paused": {
      const { program } = of(fault.worker);
      program.signal("SIGSTOP");
      await Bun.sleep(fault.for_ms);
      program.signal("SIGCONT");
      return true;
    }
    case "worker cut off": {
      const { proxy } = of(fault.worker);
      proxy.cut();
      await Bun.sleep(fault.for_ms);
      proxy.mend();
      return true;
    }
    case "line silent": {
      const { proxy } = of(fault.worker);
      proxy.silence();
      await Bun.sleep(fault.for_ms);
      proxy.mend();
      return true;
    }
    case "replies dropped":
      of(fault.worker).proxy.dropReplies(fault.count);
      return true;
    case "clock moved": {
      const clock = fault.who === "hub" ? fleet.hubClock : of(fault.who).clock;
      clock?.move(fault.by_s);
      return clock !== null;
    }
    case "disk full": {
      const { disk } = of(fault.worker);
      if (disk === null) return false;
      disk.fill();
      await Bun.sleep(fault.for_ms);
      disk.empty();
      return true;
    }
    default:
      return fault satisfies never;
  }
}

/** kill -9 to everything whose environment or command line names the spool, until there is nothing. */
async function killBelow(spool: string): Promise<void> {
  for (;;) {
    const found = readdirSync("/proc").filter((pid) => Number(pid) > 0 && isOf(Number(pid), spool));
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It ended meanwhile.
      }
    }
    await Bun.sleep(5);
  }
}

function isOf(pid: number, spool: string): boolean {
  try {
    const text = ["environ", "cmdline"].map((name) =>
      readFileSync(`/proc/${pid}/${name}`, "latin1"),
    );
    return pid !== process.pid && text.some((one) => one.includes(`${spool}/`));
  } catch {
    return false;
  }
}
