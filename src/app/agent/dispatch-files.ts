import { readFileSync } from "node:fs";
import type { Spec } from "../../domain/spec/spec.ts";
import { placeOf } from "../../run/candidate/fence.ts";
import { forbiddenPaths } from "../../run/path-policy.ts";
import { walkTree } from "../../run/tree.ts";
import { experimentLayout, type Layout } from "../../store/layout.ts";
import { readText } from "../../store/read-text.ts";
import { isLeftOut } from "./ticket-workspace.ts";

/** What one answer may carry; more is in the workspace. */
const FILE_BYTES = 256 * 1024;
const TOTAL_BYTES = 4 * 1024 ** 2;

/** The files an agent of the original reads first, by the names it knows; those that are there. */
export function inputFiles(
  layout: Layout,
  experiment: string,
  brief: string,
): Record<string, string> {
  const paths = experimentLayout(layout, experiment);
  const named: [string, string][] = [
    ["SPEC.yaml", paths.spec],
    ["SUMMARY.md", paths.summary],
    ["NEXT.md", paths.next],
    ["context.md", paths.context],
    ["PROGRAM.md", layout.program],
    ["RUNBOOK.md", paths.runbook],
    ["best.md", paths.best],
    ["LAB-STATUS.md", layout.labStatus],
    ["plan.md", brief],
  ];
  return Object.fromEntries(
    named.map(([name, path]) => [name, (readText(path) ?? "").slice(0, FILE_BYTES)]),
  );
}

/** The text files that may be changed, by path; large and binary ones are left out. */
export function currentFiles(workspace: string, spec: Spec): Record<string, string> {
  const found: [string, string][] = [];
  let left = TOTAL_BYTES;
  for (const { path, kind, bytes } of walkTree(workspace, isLeftOut)) {
    if (kind !== "file" || bytes > Math.min(FILE_BYTES, left)) continue;
    if (forbiddenPaths([path], spec).length > 0) continue;
    const content = readFileSync(placeOf(workspace, path));
    if (content.includes(0)) continue;
    left -= bytes;
    found.push([path, content.toString("utf8")]);
  }
  return Object.fromEntries(found);
}
