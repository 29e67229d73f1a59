import { lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { LabError } from "../../domain/errors.ts";
import { lazily } from "../../domain/lazily.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Candidate, FileContent } from "../../run/candidate/candidate.ts";
import { placeOf } from "../../run/candidate/fence.ts";
import { sameEntry } from "../../run/candidate/materialise.ts";
import { copyTree } from "../../run/copied-tree.ts";
import { BY_PRODUCTS } from "../../run/reference/candidate-changes.ts";
import { createSandbox } from "../../run/sandbox.ts";
import { workspaceRevision } from "../../run/workspace-revision.ts";
import { entryAt, walkTree } from "../../run/tree.ts";
import { readText } from "../../store/read-text.ts";
import { ticketFiles, type TicketFiles } from "../../store/ticket-files.ts";
import type { Session } from "../session.ts";

/**
 * The workspace of a code ticket and what it was made of. `base.json` says how each file was when
 * the ticket was issued, by versions: a changed file is known without reading the others.
 */
export interface TicketTree {
  /** Where the agent edits. */
  workspace: string;
  /** The state it started from; only read. */
  root: string;
  /** Commit it was cloned from; null for a copy of the working tree. */
  cloned_from: string | null;
  /** Whether a file of the user's own workspace is not what the ticket was made of. */
  wasEdited(path: string): boolean;
  /** Paths whose entry in the workspace was written since, or is new or gone. */
  touched: () => string[];
}

const BaseSchema = lazily(() =>
  v.object({
    workspace: v.string(),
    root: v.string(),
    /** Commit it was cloned from; null for a copy of the working tree. */
    cloned_from: v.nullable(v.string()),
    /** Path, version in `root`, version in `workspace`. */
    files: v.array(v.tuple([v.string(), v.string(), v.string()])),
  }),
);

type Base = v.InferOutput<ReturnType<typeof BaseSchema>>;

/**
 * Makes the private workspace of a ticket, as a run would start from: a copy of the working tree, or
 * of the committed state with workspace_mode git-clone. Returns where it is. On failure nothing is
 * left of it.
 */
export async function makeWorkspace(session: Session, ticket: string, spec: Spec): Promise<string> {
  const { layout } = session.store;
  const files = ticketFiles(layout, ticket);
  mkdirSync(files.dir, { recursive: true });
  const sandbox = await createSandbox({
    workspace_root: spec.workspace_root,
    mode: spec.workspace_mode,
    dir: join(files.dir, "tree"),
    exclude: [layout.root],
    require_clean: spec.require_clean_workspace,
  });
  for (const note of sandbox.notes) session.lab.log.warn(note);
  const root = sandbox.mode === "copy" ? spec.workspace_root : join(files.dir, "base");
  if (sandbox.mode === "git-clone") {
    await copyTree({ root: sandbox.cwd, skip: isLeftOut, limits: UNLIMITED }, root);
  }
  const versions: Base["files"] = [];
  for (const { path, kind, version } of walkTree(sandbox.cwd, isLeftOut)) {
    if (kind !== "folder") versions.push([path, entryAt(root, path)?.version ?? "", version]);
  }
  const cloned_from = sandbox.mode === "copy" ? null : await workspaceRevision(spec.workspace_root);
  const base: Base = { workspace: sandbox.cwd, root, cloned_from, files: versions };
  writeFileSync(files.base, JSON.stringify(base));
  return sandbox.cwd;
}

const UNLIMITED = { files: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** What is never part of a candidate. */
export function isLeftOut(_: string, name: string): boolean {
  return name === ".git" || BY_PRODUCTS.has(name);
}

/** The workspace of a ticket. Throws `not-found` when it was removed. */
export function ticketTree(session: Session, ticket: string, spec: Spec): TicketTree {
  const base = readBase(ticketFiles(session.store.layout, ticket));
  if (base === null) {
    throw new LabError("not-found", `the workspace of ${ticket} is gone`, {
      hint: `call next again: labctl next ${spec.id} --kind code`,
    });
  }
  const originals = new Map(base.files.map(([path, original]) => [path, original]));
  return {
    ...base,
    wasEdited: (path) => (entryAt(base.root, path)?.version ?? "") !== (originals.get(path) ?? ""),
    touched: () => touchedPaths(base),
  };
}

function readBase(files: TicketFiles): Base | null {
  const text = readText(files.base);
  if (text === null) return null;
  const base = v.parse(BaseSchema(), JSON.parse(text));
  const isFolder = (path: string): boolean =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder(base.workspace) && isFolder(base.root) ? base : null;
}

/** Where a ticket's agent edits; null when that is gone. */
export function workspaceOf(session: Session, ticket: string): string | null {
  return readBase(ticketFiles(session.store.layout, ticket))?.workspace ?? null;
}

function touchedPaths(base: Base): string[] {
  const copies = new Map(base.files.map(([path, , copy]) => [path, copy]));
  const touched: string[] = [];
  for (const { path, kind, version } of walkTree(base.workspace, isLeftOut)) {
    if (kind === "folder") continue;
    if (copies.get(path) !== version) touched.push(path);
    copies.delete(path);
  }
  return [...touched, ...copies.keys()].sort();
}

/**
 * What an agent changed in the workspace of its ticket, new files included; by-products of
 * interpreters and git's own folder are left out. Throws `policy-refused` for what only a patch can
 * say: links, and files made executable.
 */
export function workspaceCandidate({ root, workspace, touched }: TicketTree): Candidate {
  const files = touched().flatMap((path): [string, FileContent | null][] => {
    const now = entryAt(workspace, path);
    if (now === null) return entryAt(root, path) === null ? [] : [[path, null]];
    if (sameEntry(root, workspace, path)) return [];
    if (now.kind !== "file") throw onlyAsPatch(path, "is a link");
    if (isExecutable(workspace, path) && !isExecutable(root, path)) {
      throw onlyAsPatch(path, "was made executable");
    }
    return [[path, contentOf(readFileSync(placeOf(workspace, path)))]];
  });
  return { kind: "files", files: Object.fromEntries(files) };
}

function onlyAsPatch(path: string, what: string): LabError {
  return new LabError("policy-refused", `${path} ${what}: only a patch can say that`, {
    hint: "make it a plain file, or hand in the change with --patch",
  });
}

function isExecutable(root: string, path: string): boolean {
  const stat = lstatSync(placeOf(root, path), { throwIfNoEntry: false });
  return stat !== undefined && stat.isFile() && (stat.mode & 0o100) !== 0;
}

/** Text as it is, so that people can read it in the bundle; anything else in base64. */
function contentOf(bytes: Buffer): FileContent {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString("base64") };
}
