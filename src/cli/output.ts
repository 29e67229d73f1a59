import { EXIT_CODES, type LabError } from "../domain/errors.ts";
import type { Log } from "../ports.ts";
import { colourFor, type Colour } from "./colour.ts";
import type { CommandResult } from "./command.ts";
import { failureLines } from "./failure.ts";
import type { CliIo } from "./io.ts";
import { createProgress, type Progress } from "./progress.ts";

/**
 * Where a command shows what it does while it does it; its result it returns. stdout carries data:
 * lines for people, or JSON. stderr is for people. `warn` is a line on stderr, or an entry of the
 * envelope's `warnings` under --json; `info` is a line on stderr.
 */
export interface Output extends Log {
  /** Styles for lines on stdout. */
  colour: Colour;
  progress: Progress;
  /** One stdout line for people, now. Nothing under --json and --quiet. */
  line(text: string): void;
  /** As `line`, but exactly this text: for a log that is passed on. Not while progress is shown. */
  raw(text: string): void;
  /** One NDJSON line, now, only under --json. `event` must be JSON with a `type`. */
  event(event: object): void;
}

/** The end of a command: exactly one of these is called, once; both return the exit code. */
export interface FinalOutput {
  finish(command: string, result: CommandResult): number;
  fail(command: string | null, error: LabError): number;
}

export interface OutputMode {
  json: boolean;
  quiet: boolean;
}

/** Human, JSON or quiet output on the streams of `io`. */
export function createOutput(io: CliIo, mode: OutputMode): Output & FinalOutput {
  const warnings: string[] = [];
  const progress = createProgress(io.stderr, !mode.quiet, () => io.monotonic_ms());
  const print = (stream: "stdout" | "stderr", text: string): void => {
    progress.hide();
    io[stream].write(`${text}\n`);
    progress.show();
  };
  const note = (text: string): void => {
    if (!mode.quiet) print("stderr", text);
  };
  const raw = (text: string): void => {
    if (!mode.json && !mode.quiet) io.stdout.write(text);
  };
  const line = (text: string): void => {
    if (!mode.json && !mode.quiet) print("stdout", text);
  };
  const json = (value: object): void => {
    if (mode.json) print("stdout", JSON.stringify(value));
  };
  const warn = (text: string): void => {
    if (mode.json) warnings.push(text);
    else note(`labctl: warning: ${text}`);
  };

  return {
    colour: colourFor(io.stdout, io.env),
    progress,
    line,
    raw,
    event: json,
    warn,
    info: (text) => note(`labctl: ${text}`),
    finish(command, result) {
      progress.end();
      if (result.human.length > 0) line(result.human.join("\n"));
      for (const warning of result.warnings ?? []) warn(warning);
      const next = result.next ?? [];
      const { failure } = result;
      if (failure !== undefined) for (const text of failureLines(failure)) print("stderr", text);
      json({
        schema: `labctl/${command}/v1`,
        ok: failure === undefined,
        command,
        data: result.data,
        ...(failure === undefined ? {} : { error: errorJson(failure) }),
        warnings,
        next,
      });
      // A terminal has a reader who may follow it; a script has not.
      if (!mode.json && io.stderr.isTerminal) {
        for (const { command: what, why } of next) note(`next: ${what}  (${why})`);
      }
      return failure?.exitCode ?? EXIT_CODES[result.exit ?? "done"].exit;
    },
    fail(command, error) {
      progress.end();
      for (const text of failureLines(error)) print("stderr", text);
      json({
        schema: `labctl/${command ?? "error"}/v1`,
        ok: false,
        command,
        error: errorJson(error),
        warnings,
      });
      return error.exitCode;
    },
  };
}

function errorJson(error: LabError): object {
  const { code, message, hint = null, retryable, details } = error;
  return { code, message, hint, retryable, details };
}
