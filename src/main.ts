import { VERSION } from "./version.ts";
import type { MakeLab } from "./cli/main.ts";

// Start-up is a feature: everything but the version is imported when it is needed.
const argv = Bun.argv.slice(2);
if (argv.length === 1 && argv[0] === "--version" && !process.env["LAB_JSON"]) {
  console.log(`labctl ${VERSION}`);
} else {
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  const [{ runCli }, { processIo }] = await Promise.all([
    import("./cli/main.ts"),
    import("./cli/io.ts"),
  ]);
  process.exitCode = await runCli(argv, await processIo(), makeLab);
}

async function makeLab(...[root, log]: Parameters<MakeLab>): ReturnType<MakeLab> {
  const [{ systemClock }, { systemRandom }, { systemCalendar }, { createProcesses }] =
    await Promise.all([
      import("./platform/clock.ts"),
      import("./platform/random.ts"),
      import("./platform/calendar.ts"),
      import("./platform/processes.ts"),
    ]);
  return {
    root,
    clock: systemClock,
    random: systemRandom,
    calendar: systemCalendar,
    processes: createProcesses(),
    log,
    version: VERSION,
    env: process.env,
  };
}

/** For what escapes runCli(): a rejection that nobody awaited. */
function crash(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`labctl: internal error: ${message.replaceAll(/\s*\n\s*/g, " ")}.`);
  if (process.env["LABCTL_DEBUG"] === "1") console.error(error);
  process.exit(1);
}
