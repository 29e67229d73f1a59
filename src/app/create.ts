import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LabError } from "../domain/errors.ts";
import { parseSpec } from "../domain/spec/parse.ts";
import { renderStoredSpec } from "../domain/spec/stored.ts";
import type { Spec } from "../domain/spec/spec.ts";
import { storeSpec } from "../store/experiments.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import type { Lab } from "./lab.ts";

export interface CreateRequest {
  text: string;
  /** The file it came from, or "-" for standard input. */
  file: string;
  /** Working folder of the caller. */
  cwd: string;
}

export interface Created {
  spec: Spec;
  warnings: string[];
  /** Whether there is something to search: `burst` makes sense then. */
  has_search_space: boolean;
}

/** Checks a SPEC without creating anything; throws `usage` with every problem. */
export function checkSpec(lab: Pick<Lab, "calendar">, request: CreateRequest): Created {
  const label = request.file === "-" ? "stdin" : request.file;
  const { spec, warnings } = parseSpec(request.text, label, lab.calendar);
  const workspace = resolveWorkspace(spec.workspace_root, request);
  const all = [...warnings];
  if (workspace !== "" && !isFolder(workspace)) {
    all.push(`workspace_root ${workspace} is not a folder yet; runs that need it will fail`);
  }
  return {
    spec: { ...spec, workspace_root: workspace },
    warnings: all,
    has_search_space:
      spec.search_space !== null ||
      (workspace !== "" && existsSync(join(workspace, "search_space.json"))),
  };
}

/** Registers an experiment: stores its SPEC.yaml with the workspace resolved, in one step. */
export async function createExperiment(session: Session, request: CreateRequest): Promise<Created> {
  const { lab, store } = session;
  const created = checkSpec(lab, request);
  const { spec } = created;
  await restoreLostRuns(session);
  const text =
    spec.workspace_root === ""
      ? request.text
      : renderStoredSpec(request.text, { workspace_root: spec.workspace_root });
  const spec_sha256 = storeSpec(store.layout, spec.id, text);
  if (spec_sha256 === null) {
    throw new LabError("usage", `experiment ${spec.id} already exists`, {
      hint: `choose another id in ${request.file}, or edit experiments/${spec.id}/SPEC.yaml`,
    });
  }
  await store.record(
    [
      {
        type: "experiment_created",
        ts: session.now(),
        experiment: spec.id,
        source_spec: request.file,
        spec_sha256,
      },
    ],
    { sync: true },
  );
  await store.flush();
  return created;
}

/** Relative to the SPEC's folder first, then to the working folder. */
function resolveWorkspace(workspace_root: string, request: CreateRequest): string {
  if (workspace_root === "") return "";
  const besideSpec = resolve(request.cwd, dirname(request.file), workspace_root);
  if (request.file === "-" || existsSync(besideSpec)) {
    return request.file === "-" ? resolve(request.cwd, workspace_root) : besideSpec;
  }
  const here = resolve(request.cwd, workspace_root);
  return existsSync(here) ? here : besideSpec;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
