import type { JobHandle, JobStatus } from "../engine.ts";
import { askSlurm, type Answer, type Asking } from "./ask.ts";
import { slurmState } from "./states.ts";
import { tagOf } from "../tags.ts";

/** What Slurm says of one job of ours. */
export interface Row extends JobStatus {
  /** 0 when it is not known. */
  submitted_ms: number;
}

/** The name comes last: it is the only field that somebody else chose. */
const SQUEUE = ["%i", "%K", "%T", "%V", "%N", "%r", "%j"].join("|");

/** Every job of this user that Slurm remembers (for MinJobAge after its end), by tag. */
export async function readQueue(
  asking: Asking,
): Promise<{ rows: Map<string, Row> } | Extract<Answer, { ok: false }>> {
  const argv = ["squeue", "--me", "--states=all", "--array", "--noheader", `--format=${SQUEUE}`];
  const answer = await askSlurm(asking, argv);
  if (!answer.ok) return answer;
  const rows = answer.text.split("\n").flatMap((line) => {
    const [id = "", index = "", word = "", submitted = "", node = "", reason = "", ...rest] =
      line.split("|");
    return rowOf({ id, index, word, submitted, node, reason, name: rest.join("|") });
  });
  return { rows: byTag(rows) };
}

const SACCT = "JobID,State,Submit,NodeList,ExitCode,JobName";

/** The same from Slurm's accounting, of jobs with these ids; empty where there is none. */
export async function readAccounting(
  asking: Asking,
  handles: readonly JobHandle[],
): Promise<Map<string, Row>> {
  const ids = handles.map(({ id }) => id).join(",");
  const argv = ["sacct", "-X", "-n", "-P", "-S", "now-30days", `--format=${SACCT}`, "-j", ids];
  const answer = await askSlurm(asking, argv);
  if (!answer.ok) return new Map();
  const rows = answer.text.split("\n").flatMap((line) => {
    const [id = "", word = "", submitted = "", node = "", exit = "", ...rest] = line.split("|");
    const index = id.split("_")[1] ?? "";
    const reason = `exit code ${exit}`;
    return rowOf({ id, index, word, submitted, node, reason, name: rest.join("|") });
  });
  return byTag(rows);
}

/** `exit code 3:0` of a job that failed; "" when Slurm does not say. */
export async function exitCodeOf(asking: Asking, id: string): Promise<string> {
  const answer = await askSlurm(asking, ["scontrol", "show", "job", "--oneliner", id]);
  const code = answer.ok ? /\bExitCode=(\d+:\d+)/.exec(answer.text)?.[1] : undefined;
  return code === undefined ? "" : `exit code ${code}`;
}

interface Fields {
  id: string;
  index: string;
  word: string;
  submitted: string;
  node: string;
  reason: string;
  name: string;
}

function rowOf({ id, index, word, submitted, node, reason, name }: Fields): Row[] {
  const tag = tagOf(name.trim(), /^\d+$/.test(index) ? Number(index) : null);
  if (tag === null) return [];
  const submitted_ms = /^\d+$/.test(submitted) ? Number(submitted) * 1000 : 0;
  const why = reason === "" || reason === "None" ? "" : ` (${reason})`;
  return [
    {
      handle: { tag, id, submitted_at: new Date(submitted_ms).toISOString() },
      ...slurmState(word),
      reason: `${word}${why}`,
      node: node === "" || node.startsWith("None") ? null : node,
      submitted_ms,
    },
  ];
}

/** Of several with one tag, the one that is not gone; tags are not used twice, but a job may be copied. */
function byTag(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    if (found.get(row.handle.tag)?.state !== "gone" && found.has(row.handle.tag)) continue;
    found.set(row.handle.tag, row);
  }
  return found;
}
