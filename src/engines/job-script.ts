import type { JobRequest } from "./engine.ts";

/**
 * The script of a job, or of an array of them: element i is job i, and the variable `index` says
 * which it is. It holds what is secret, so it must be readable for the job's owner alone. The program
 * takes the place of the shell, so that it gets the scheduler's signals.
 */
export function jobScript(
  jobs: readonly JobRequest[],
  index: string,
  setup: readonly string[] = [],
): string {
  const branches = jobs.map((job, place) => {
    const end = endMark(job.stdin);
    return `${place})\nexec ${job.argv.map(quoted).join(" ")} <<'${end}'\n${job.stdin.replace(/\n?$/, "\n")}${end}\n;;`;
  });
  return [
    "#!/bin/sh",
    "umask 077",
    ...setup,
    `case "\${${index}:-0}" in`,
    ...branches,
    "esac",
    "",
  ].join("\n");
}

/** A word for the shell, whatever is in it. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A line that does not occur in `text`. */
function endMark(text: string): string {
  const lines = new Set(text.split("\n"));
  let mark = "END_OF_INPUT";
  while (lines.has(mark)) mark += "_";
  return mark;
}
