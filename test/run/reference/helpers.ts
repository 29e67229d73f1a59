import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../../../src/domain/spec/spec.ts";
import type { JsonObject } from "../../../src/domain/types.ts";
import { type ExecuteReport, type ExecuteRequest, executeRun } from "../../../src/run/execute.ts";
import { settlePromotion } from "../../../src/run/reference/promotion.ts";
import { commitAll, requestFor, temporaryFolder, writeFiles } from "../request.ts";

export const EVALUATE = 'echo "score=$(cat model.txt)"\n';

export interface Ran {
  request: ExecuteRequest;
  report: ExecuteReport;
  decision: JsonObject | null;
  /** Content of a file in artifacts/; null when there is none. */
  artifact: (name: string) => string | null;
}

/** One run of builtin:reference that is measured by evaluate.sh; nothing is applied. */
export async function runReference(
  spec: Partial<Spec>,
  changes: Partial<ExecuteRequest> = {},
): Promise<Ran> {
  const request = requestFor(
    { executor_command: "builtin:reference", validation_command: "sh evaluate.sh", ...spec },
    changes,
  );
  const report = await executeRun(request);
  const artifact = (name: string): string | null => {
    const path = join(request.run.dir, "artifacts", name);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  };
  return { request, report, artifact, decision: JSON.parse(artifact("decision.json") ?? "null") };
}

/** Applies what the run planned; why it was refused, or null. */
export async function settle(ran: Ran, resumed = false): Promise<string | null> {
  const { promotion } = ran.report;
  if (promotion === undefined) throw new Error(`nothing to apply: ${ran.report.reason}`);
  const { id, dir } = ran.request.run;
  return settlePromotion({ id, dir }, promotion, { resumed });
}

export function workspace(files: Record<string, string> = {}): string {
  const root = temporaryFolder();
  writeFiles(root, { "model.txt": "1\n", "evaluate.sh": EVALUATE, ...files });
  return root;
}

/** A workspace that is a git checkout with one commit. */
export function checkout(files: Record<string, string> = {}): string {
  const root = workspace(files);
  commitAll(root);
  return root;
}

/** Output of git there, without its last newline. */
export function gitOut(folder: string, ...args: string[]): string {
  const settings = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const done = Bun.spawnSync(["git", "-C", folder, ...settings, ...args]);
  if (done.exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr.toString()}`);
  return done.stdout.toString().replace(/\n$/, "");
}
