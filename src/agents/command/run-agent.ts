import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../domain/types.ts";
import type { Processes } from "../../ports.ts";
import { ProviderFailure } from "../provider.ts";
import { fillWords } from "./placeholders.ts";
import type { Preset } from "./presets.ts";
import type { Read } from "./read-answer.ts";

/** One call of a program that is an agent. */
export interface AgentRun {
  processes: Processes;
  preset: Preset;
  use: "propose" | "mutate";
  /** Goes to its stdin: arguments are short, and everybody can read them. */
  prompt: string;
  schema: JsonObject | null;
  model: string;
  effort: string;
  budget_usd: number;
  cwd: string;
  /** The complete environment. */
  env: Record<string, string>;
  /** Environment entry by which all that it starts is found. */
  tag: string;
  /** For its files; exists. */
  dir: string;
  timeout_ms: number;
  signal: AbortSignal;
}

/** Kept of stdout, and the most that is read of a file it wrote. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** One word of a command line can be 128 KiB. */
const LONGEST_WORD = 100_000;
const GRACE_MS = 5000;

const NOT_LET_IN =
  /\b401\b|\b403\b|unauthori[sz]ed|authentication|invalid (x-)?api[ -]key|not logged in|please (run|log)/i;

/**
 * Runs it to its end and reads its answer. Throws ProviderFailure when it cannot be started, exits
 * with anything but 0 (whatever it printed), or says itself that it failed.
 */
export async function runAgent(run: AgentRun): Promise<Read> {
  const { dir, preset, schema } = run;
  const at = (name: string): string => join(dir, name);
  const schema_json = schema === null ? "" : JSON.stringify(schema);
  writeFileSync(at("prompt.md"), run.prompt, { mode: 0o600 });
  if (schema !== null) writeFileSync(at("schema.json"), schema_json);
  const argv = fillWords(preset[run.use], {
    prompt_file: at("prompt.md"),
    schema_file: schema === null ? "" : at("schema.json"),
    schema_json: schema_json.length > LONGEST_WORD ? "" : schema_json,
    output_file: at("output.txt"),
    usage_file: at("usage.json"),
    model: run.model,
    effort: run.effort,
    workspace: run.cwd,
    budget_usd: run.budget_usd.toFixed(4),
  });
  const result = await run.processes.runGroup({
    argv,
    cwd: run.cwd,
    env: run.env,
    stdin_path: at("prompt.md"),
    stdout_path: at("stdout.log"),
    stderr_path: at("stderr.log"),
    timeout_ms: run.timeout_ms,
    grace_ms: GRACE_MS,
    max_output_bytes: MAX_ANSWER_BYTES,
    tag: run.tag,
    signal: run.signal,
  });
  const program = argv[0] ?? "";
  if (result.start_error !== null) {
    throw new ProviderFailure("setup", `cannot start ${program}: ${result.start_error}`, {
      billed: false,
      hint: `install ${program} so that it is on PATH, or name another agent_provider`,
    });
  }
  if (result.cancelled) throw new ProviderFailure("cancelled", "cancelled", { billed: true });
  const read = preset.read({
    stdout: readPart(at("stdout.log")) ?? "",
    output_file: readPart(at("output.txt")),
    usage_file: readPart(at("usage.json")),
  });
  const { usage } = read;
  if (result.timed_out) {
    const seconds = run.timeout_ms / 1000;
    throw new ProviderFailure("timeout", `${program} did not end in ${seconds} s and was killed`, {
      billed: true,
      usage,
      hint: "raise agent_timeout_seconds",
    });
  }
  if (result.exit_code !== 0 || read.problem !== null) {
    const how =
      result.exit_code === 0
        ? "says that it failed"
        : result.exit_code === null
          ? `was ended by ${result.signal ?? "a signal"}`
          : `exits with ${result.exit_code}`;
    const said = lastLine(read.problem ?? readPart(at("stderr.log")) ?? "");
    const message = `${program} ${how}${said === "" ? "" : `: ${said}`}`;
    const isAuth = NOT_LET_IN.test(said);
    throw new ProviderFailure(isAuth ? "auth" : "outage", message, {
      billed: true,
      usage,
      hint: isAuth
        ? preset.login
        : "run it by hand to see what is wrong; this used up no iteration",
    });
  }
  return read;
}

function lastLine(text: string): string {
  return (text.trimEnd().split("\n").at(-1) ?? "").trim().slice(0, 300);
}

/** A file's text up to the limit; null when there is none, or no regular file. */
function readPart(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    // Whatever a program left under this name, it is no answer.
    return null;
  }
  try {
    const found = fstatSync(fd);
    if (!found.isFile() || found.size > 2 * MAX_ANSWER_BYTES) return null;
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}
