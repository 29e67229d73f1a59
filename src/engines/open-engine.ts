import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { EngineOptions, ExternalOptions, SupplyOptions } from "../domain/spec/engine-kinds.ts";
import type { JsonObject } from "../domain/types.ts";
import type { Engine } from "./engine.ts";

export interface OpenedEngine {
  engine: Engine;
  /** Its name in lab.yaml, in engine_options and in registry/engines/. */
  name: string;
  /** Of lab.yaml. */
  options: JsonObject & SupplyOptions;
  /** How a job starts labctl, unless the options say. */
  labctl: string[];
  close(): Promise<void>;
}

export interface OpenEngineParts {
  /** `slurm`, `kubernetes`, `exec:<path>`, or a name that lab.yaml gives a command for. */
  which: string;
  /** Of lab.yaml. */
  settings: EngineOptions;
  /** `registry/engines/` of the data root. */
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** argv that starts this program again. */
  self: string[];
  /** Of a command in lab.yaml that is a relative path. */
  root: string;
}

const PROGRAM_MS = 60_000;

/** Opens an engine by its name. Throws LabError usage when there is none of that name. */
export async function openEngine(parts: OpenEngineParts): Promise<OpenedEngine> {
  const { which, settings, folder, environment } = parts;
  const close = async (): Promise<void> => {};
  if (which === "slurm") {
    const { createSlurm } = await import("./slurm/slurm.ts");
    const options = settings.slurm ?? {};
    const logs = options.logs ?? join(folder, "slurm", "logs");
    const engine = createSlurm({ environment, logs, timeout_ms: PROGRAM_MS });
    return { engine, name: which, options, labctl: parts.self, close };
  }
  if (which === "kubernetes") {
    const { openKubernetes } = await import("./kubernetes/open.ts");
    const options = settings.kubernetes ?? {};
    const engine = openKubernetes(options, environment);
    return { engine, name: which, options, labctl: ["labctl"], close };
  }
  const { name, command, options } = externalOf(parts);
  const { createExternal } = await import("./external/external.ts");
  const external = createExternal({ name, command, environment });
  return { ...external, name, options, labctl: ["labctl"] };
}

function externalOf({ which, settings, root }: OpenEngineParts) {
  const path = /^exec:(.+)$/.exec(which)?.[1];
  const name = path === undefined ? which : nameOf(path);
  const options: ExternalOptions = settings[name] ?? {};
  const command = path ?? options.command;
  if (command === undefined) {
    throw new LabError("usage", `no engine is called ${JSON.stringify(which)}`, {
      hint: `expected slurm, kubernetes, exec:<path of a program>, or a name with a command in lab.yaml: {engines: {${/^[a-z0-9-]+$/.test(which) ? which : "mine"}: {command: ./engine.sh}}}`,
    });
  }
  const isPath = command.startsWith("./") || command.startsWith("../");
  return {
    name,
    options,
    // `exec:` names a program, whatever is in its path; lab.yaml has a command with arguments.
    command: path !== undefined ? [path] : isPath ? join(root, command) : command,
  };
}

/** `exec:/opt/ssh-engine.sh` is called ssh-engine. */
function nameOf(path: string): string {
  const base = path.split("/").at(-1) ?? "";
  const name = base
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return name.slice(0, 30) || "exec";
}
