import { watchdog, type WatchdogReport } from "../../app/watchdog.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "watchdog",
  description:
    "Looks for trouble: little space, failure streaks, dead owners, damaged files. Never touches what a live process holds.",
  examples: [
    { command: "labctl watchdog", why: "look" },
    { command: "labctl watchdog --repair", why: "and mend what can be mended; from cron" },
  ],
  flags: {
    repair: {
      type: "boolean",
      description: "Take back leases of dead owners and rewrite derived files",
    },
  },
  positionals: {},
  async run(context, { repair }) {
    const report = await withSession(context, (session) => watchdog(session, { repair }));
    return {
      data: report,
      human: reportLines(report),
      next:
        report.alerts.length > 0 && !repair
          ? [{ command: "labctl watchdog --repair", why: "mend what can be mended" }]
          : [],
    };
  },
});

function reportLines(report: WatchdogReport): string[] {
  const { free_gb, reclaimed_leases, repaired, alerts, answered, told } = report;
  return [
    `free_gb: ${free_gb ?? "unknown"}`,
    ...block("reclaimed_leases:", reclaimed_leases),
    ...(alerts.length === 0 ? ["alerts: none"] : block("alerts:", alerts)),
    ...block("repaired:", repaired),
    ...block("answered:", answered),
    ...(told === 0 ? [] : [`told: ${told} notifications that had waited`]),
  ];
}

function block(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [title, ...items.map((item) => `  - ${oneLine(item)}`)];
}
