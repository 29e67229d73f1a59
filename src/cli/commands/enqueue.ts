import { resolve } from "node:path";
import { enqueueTrials, type EnqueueReport } from "../../app/enqueue.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

const SHOWN = 20;

export const command = defineCommand({
  name: "enqueue",
  description:
    "Reads JSON (an object or a list), JSON lines, CSV with a header, or the SQLite file of an Optuna study. Params without a value run before any proposal. Trials with one (in `value`, or in a column named as the metric) become history. The same file again adds nothing.",
  examples: [
    { command: "labctl enqueue my-exp good.json", why: "run these params first" },
    { command: "labctl enqueue my-exp earlier.csv --dry-run", why: "what an import would do" },
    { command: "labctl enqueue my-exp optuna.db --study demo", why: "go on from an Optuna study" },
  ],
  flags: {
    "dry-run": { type: "boolean", description: "Change nothing; say what would be done" },
    strict: { type: "boolean", description: "Refuse the file when any row cannot be used" },
    study: { type: "string", description: "The study, when the Optuna file has several" },
    "search-space": {
      type: "string",
      valueHint: "FILE",
      description: "Search space (default: search_space of the SPEC or search_space.json)",
    },
  },
  positionals: {
    experiment: { description: "The experiment", valueHint: "EXPERIMENT" },
    file: { description: "The file, or - for text on standard input", valueHint: "FILE" },
  },
  async run(context, args) {
    const { experiment, file, strict, "dry-run": dry_run } = args;
    const { io } = context;
    const text = file === "-" ? await io.stdin.text() : null;
    const report = await withSession(context, (session) =>
      enqueueTrials(session, {
        experiment,
        source: { file, path: resolve(io.cwd(), file), text, study: args.study ?? null },
        search_space: args["search-space"] ?? null,
        strict,
        dry_run,
      }),
    );
    return {
      data: { experiment, dry_run, ...report },
      human: [summary(report, dry_run), ...skippedLines(report)],
      warnings:
        report.ignored.length === 0
          ? []
          : [`columns without a meaning here: ${oneLine(report.ignored.join(", "))}`],
      next:
        report.queued === 0 || dry_run
          ? []
          : [{ command: `labctl burst ${experiment} -n ${report.queued}`, why: "run them" }],
    };
  },
});

function summary({ queued, imported, known, skipped }: EnqueueReport, dry_run: boolean): string {
  const parts = [
    `${dry_run ? "would enqueue" : "enqueued"} ${queued}`,
    `${dry_run ? "would import" : "imported"} ${imported}`,
    ...(known > 0 ? [`${known} known already`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  return parts.join(", ");
}

function skippedLines({ skipped }: EnqueueReport): string[] {
  const lines = skipped
    .slice(0, SHOWN)
    .map(({ place, problem }) => `  ${place}: ${oneLine(problem)}`);
  const more = skipped.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more (--json shows all)`] : lines;
}
