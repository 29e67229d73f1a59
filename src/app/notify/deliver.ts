import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { retryAfter } from "../../agents/http/refusal.ts";
import { childEnvironment } from "../../domain/env-contract.ts";
import { LabError, systemCode } from "../../domain/errors.ts";
import type { NotifyTarget } from "../../domain/notify.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { JsonObject } from "../../domain/types.ts";
import { commandArgv } from "../../run/command.ts";
import { commandFailure } from "../../run/describe-exit.ts";
import type { Session } from "../session.ts";

/** What came of one attempt. */
export interface Delivery {
  result: "delivered" | "retry" | "refused";
  status: number | null;
  problem: string;
  /** What the receiver asked for. */
  retry_after_ms: number | null;
}

export interface Message {
  key: string;
  event: string;
  body: JsonObject;
}

const GRACE_MS = 1000;
const MAX_OUTPUT_BYTES = 64 * 1024;
const TRY_AGAIN = new Set([408, 425, 429]);

/** Tells one target once. Whatever the target does is a result; it never throws for that. */
export function deliver(
  session: Session,
  spec: Spec,
  target: NotifyTarget,
  message: Message,
  signal: AbortSignal,
): Promise<Delivery> {
  return "command" in target
    ? toCommand(session, spec, target, message, signal)
    : toWebhook(session, target, message, signal);
}

async function toWebhook(
  { lab }: Session,
  target: Extract<NotifyTarget, { webhook: string }>,
  { key, event, body }: Message,
  signal: AbortSignal,
): Promise<Delivery> {
  const missing: string[] = [];
  const filled = (text: string): string =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = lab.env[name] ?? "";
      if (value === "") missing.push(name);
      return value;
    });
  const url = filled(target.webhook);
  const own = Object.entries(target.headers ?? {}).map(([name, text]) => [name, filled(text)]);
  // Another shell may have it: what waits is told from there.
  if (missing.length > 0) return retry(`${missing.join(", ")} is not set in the environment`);
  const timeout = AbortSignal.timeout(target.timeout_seconds * 1000);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": `labctl/${lab.version}`,
        "idempotency-key": key,
        "x-hermes-lab-event": event,
        ...Object.fromEntries(own),
      },
      body: JSON.stringify(body),
      // Followed, it would take the secrets of the address to another host.
      redirect: "manual",
      signal: AbortSignal.any([timeout, signal]),
    });
    await response.body?.cancel();
    const { status } = response;
    const problem = `HTTP ${status}`;
    if (response.ok) return { result: "delivered", status, problem: "", retry_after_ms: null };
    if (!TRY_AGAIN.has(status) && status < 500) {
      return { result: "refused", status, problem, retry_after_ms: null };
    }
    return { result: "retry", status, problem, retry_after_ms: retryAfter(response.headers) };
  } catch (error) {
    if (signal.aborted) return retry("the command that told it ended first");
    if (timeout.aborted) return retry(`no answer in ${target.timeout_seconds} s`);
    if (error instanceof TypeError && systemCode(error) === "") {
      return { ...retry("the address or a header is not valid"), result: "refused" };
    }
    // The message may hold the address.
    const code = systemCode(error) || (error instanceof Error ? error.name : "unknown");
    return retry(`cannot be reached (${code})`);
  }
}

async function toCommand(
  { lab, store }: Session,
  spec: Spec,
  target: Extract<NotifyTarget, { command: string }>,
  { key, event, body }: Message,
  signal: AbortSignal,
): Promise<Delivery> {
  const id = lab.random.hex(8);
  const folder = join(store.layout.scratch, `notify-${id}`);
  mkdirSync(folder, { recursive: true });
  try {
    const stdin_path = join(folder, "stdin.json");
    writeFileSync(stdin_path, `${JSON.stringify(body)}\n`);
    const env = childEnvironment(lab.env, {
      LAB_DATA_ROOT: store.layout.root,
      LAB_EXPERIMENT_ID: spec.id,
      LAB_NOTIFICATION_EVENT: event,
      LAB_NOTIFICATION_KEY: key,
      LAB_NOTIFICATION_ID: id,
    });
    const cwd = store.layout.root;
    const line = commandArgv(target.command, {
      shell: spec.shell,
      cwd,
      search: spec.workspace_root === "" ? [] : [spec.workspace_root],
      params: null,
      runtime: lab.processes.selfCommand()[0] ?? "",
      path: env["PATH"] ?? "",
    });
    const stderr_path = join(folder, "stderr.log");
    const result = await lab.processes.runGroup({
      argv: line.argv,
      cwd,
      env: { ...env, ...line.env },
      stdin_path,
      stdout_path: join(folder, "stdout.log"),
      stderr_path,
      timeout_ms: target.timeout_seconds * 1000,
      grace_ms: GRACE_MS,
      max_output_bytes: MAX_OUTPUT_BYTES,
      tag: `LAB_NOTIFICATION_ID=${id}`,
      signal,
    });
    const budget = `${target.timeout_seconds} s`;
    const failure = commandFailure(result, { argv: line.argv, cwd, stderr_path, budget });
    const { exit_code: status } = result;
    if (failure === null) return { result: "delivered", status, problem: "", retry_after_ms: null };
    return { ...retry(failure.reason), status };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { ...retry(error.message), result: "refused" };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function retry(problem: string): Delivery {
  return { result: "retry", status: null, problem, retry_after_ms: null };
}
