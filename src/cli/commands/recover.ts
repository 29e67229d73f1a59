import { recoverLab, type RecoveryReport } from "../../app/recover.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "recover",
  description:
    "After a crash, a power loss or a broken disk: takes back leases, records runs that were measured, sets unfinished ones aside, ends orphaned processes, and rebuilds every derived file. Work of live processes is left alone.",
  examples: [{ command: "labctl recover", why: "mend the lab; safe at any time" }],
  flags: {},
  positionals: {},
  async run(context) {
    const { report, alerts } = await withSession(context, async (session) => ({
      report: await recoverLab(session),
      alerts: [...session.store.broken()].map(
        ([id, error]) => `experiments/${id}/SPEC.yaml: ${error.message}`,
      ),
    }));
    return {
      data: { ...report, alerts },
      human: ["Hermes Lab Recovery Complete", ...reportLines(report, alerts).map(indent)],
      next: [{ command: "labctl verify", why: "check every seal and ledger line" }],
    };
  },
});

function reportLines(report: RecoveryReport, alerts: readonly string[]): string[] {
  const { reclaimed, busy, removed, released, quarantined } = report;
  const leases = reclaimed.flatMap(({ experiment, why }) => (why === null ? [] : [experiment]));
  const restored = reclaimed.flatMap((one) => one.restored);
  const interrupted = reclaimed.flatMap((one) => one.interrupted);
  const killed = reclaimed.reduce((sum, one) => sum + one.killed, 0);
  const done = [
    ...listed("Leases cleared", leases),
    ...listed("Runs recorded", restored),
    ...listed("Unfinished runs set aside", interrupted),
    ...listed("Packages for others again", released),
    ...(killed === 0 ? [] : [`Processes ended: ${killed}`]),
    ...removed.map((path) => `Removed: ${path}`),
    ...quarantined.map((what) => `Damage put on record: ${what}`),
    ...alerts.map((alert) => `Alert: ${alert}`),
  ];
  if (done.length === 0) done.push("Nothing to clean up. Lab is healthy.");
  return [...done, ...listed("Left alone, in use", busy)];
}

function listed(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${title}: ${items.join(", ")}`];
}

function indent(line: string): string {
  return `  ${oneLine(line)}`;
}
