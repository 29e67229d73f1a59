import { passedEnvironment } from "../../domain/passed-environment.ts";
import { runProgram, type ProgramResult } from "../run-program.ts";

/** What a program of Slurm said. `words` is one line of its own. */
export type Answer =
  | { ok: true; text: string; stderr: string }
  /** `heard`: Slurm itself refused. Otherwise it may have done what it was asked all the same. */
  | { ok: false; words: string; heard: boolean };

export interface Asking {
  /** labctl's own environment. */
  environment: Readonly<Record<string, string | undefined>>;
  /** A controller that is down makes each of these programs wait for 10 s by itself. */
  timeout_ms: number;
}

/** Of labctl's environment, what Slurm's programs need: where their cluster is, the user's defaults. */
const OF_SLURM = [
  "SLURM_CONF",
  "SLURM_CLUSTERS",
  "SLURM_JWT",
  "SBATCH_*",
  "SACCT_*",
  "LD_LIBRARY_PATH",
];

/**
 * Runs one of sbatch, squeue, scancel, sacct, scontrol. `pass` names variables that it, and with
 * sbatch the job, gets besides; sbatch hands its whole environment to the job, so keys must not be in it.
 */
export async function askSlurm(
  asking: Asking,
  argv: string[],
  more: { stdin?: string; pass?: readonly string[] } = {},
): Promise<Answer> {
  const [program = ""] = argv;
  const result = await runProgram({
    argv,
    env: {
      ...passedEnvironment(asking.environment, [...OF_SLURM, ...(more.pass ?? [])]),
      // Times as seconds since 1970, whatever the zone of the cluster.
      SLURM_TIME_FORMAT: "%s",
      LC_ALL: "C.UTF-8",
    },
    stdin: more.stdin ?? "",
    timeout_ms: asking.timeout_ms,
  });
  return answerOf(program, result, asking.timeout_ms);
}

function answerOf(program: string, result: ProgramResult, timeout_ms: number): Answer {
  switch (result.kind) {
    case "not-started":
      return {
        ok: false,
        heard: true,
        words: `${program} cannot be started (${result.code})`,
      };
    case "timed-out": {
      const said = oneLine(result.stderr);
      return {
        ok: false,
        heard: false,
        words: `${program} did not answer in ${timeout_ms / 1000} s${said === "" ? "" : `: ${said}`}`,
      };
    }
    case "exited":
      if (result.exit_code === 0) return { ok: true, text: result.stdout, stderr: result.stderr };
      return refusal(program, result.exit_code, oneLine(result.stderr) || oneLine(result.stdout));
    default:
      return result satisfies never;
  }
}

/** These say that nobody answered, not that Slurm said no. */
const NOT_HEARD =
  /unable to contact|socket timed out|connection refused|zero bytes|communication|transport|timeout|slurmdbd|munge|protocol authentication|plugin init|not responding/i;

function refusal(program: string, exit_code: number, said: string): Answer {
  const words = said === "" ? `${program} exits with ${exit_code} and says nothing` : said;
  return { ok: false, heard: said !== "" && !NOT_HEARD.test(said), words };
}

/** `sbatch: error: Batch job submission failed: X` as `X`, several lines as one. */
function oneLine(text: string): string {
  const lines = text
    .split("\n")
    .map((line) => line.replace(/^\w+: (error: |fatal: )?/, "").trim())
    .filter((line) => line !== "");
  return [...new Set(lines)].join("; ").slice(0, 500);
}
