import { readdirSync } from "node:fs";
import { join } from "node:path";
import { systemCode } from "../domain/errors.ts";
import { isoDate, isoWeek } from "../domain/time.ts";
import { dayLines } from "../reduce/day.ts";
import { renderDigest } from "../reduce/digest.ts";
import { parseMetricsRows } from "../reduce/metrics-row.ts";
import { summaryLine } from "../reduce/summary.ts";
import { renderWeeklyDigest, weekName } from "../reduce/weekly-digest.ts";
import { ensureFolder, replaceFile } from "../store/durable.ts";
import { quickFindings } from "../store/health.ts";
import { freeGb } from "./free-space.ts";
import type { Session } from "./session.ts";
import { spaceAlerts } from "./status.ts";

const OUTBOX_LINES = 10;

/** Writes digests/daily/<date>.md, and its head to control/outbox/; returns the path. Dates are UTC. */
export async function writeDigest(session: Session): Promise<string> {
  const { store, lab } = session;
  const date = isoDate(lab.clock.now());
  const free_gb = freeGb(lab.root);
  const summaries = new Map<string, string>();
  for (const row of store.rows()) summaries.set(row.id, summaryLine(await store.view(row.id)));
  const days: { id: string; lines: string[] }[] = [];
  for (const { id } of store.rows()) {
    const spec = await store.spec(id);
    if (!spec.outputs.includes("daily_digest")) continue;
    const view = await store.view(id);
    const { rows } = parseMetricsRows(await store.metricsText(id));
    days.push({ id, lines: dayLines(spec, view, rows, date) });
  }
  const text = renderDigest({
    lab: store.labView(),
    summaries,
    date,
    generated_at: session.now(),
    free_gb,
    days,
    alerts: [
      ...spaceAlerts(free_gb),
      ...quickFindings(store, lab).map(({ path, problem }) => `${path}: ${problem}`),
    ],
  });
  ensureFolder(store.layout.digestsDaily);
  ensureFolder(store.layout.outbox);
  const path = join(store.layout.digestsDaily, `${date}.md`);
  replaceFile(path, text);
  const head = text.split("\n").slice(0, OUTBOX_LINES).join("\n");
  replaceFile(join(store.layout.outbox, `${date}.md`), `${head}\n`);
  return path;
}

/** Writes digests/weekly/<year>-W<week>.md; returns the path. */
export async function writeWeeklyDigest(session: Session): Promise<string> {
  const { store, lab } = session;
  const { year, week } = isoWeek(lab.clock.now());
  const text = renderWeeklyDigest({
    lab: store.labView(),
    year,
    week,
    daily_files: dailyFiles(store.layout.digestsDaily, year, week),
    generated_at: session.now(),
  });
  ensureFolder(store.layout.digestsWeekly);
  const path = join(store.layout.digestsWeekly, `${weekName({ year, week })}.md`);
  replaceFile(path, text);
  return path;
}

function dailyFiles(folder: string, year: number, week: number): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => {
        const at = new Date(`${name.slice(0, 10)}T00:00:00Z`);
        if (!/^\d{4}-\d\d-\d\d\.md$/.test(name) || Number.isNaN(at.getTime())) return false;
        const found = isoWeek(at);
        return found.year === year && found.week === week;
      })
      .sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
