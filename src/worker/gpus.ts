import { existsSync, readdirSync } from "node:fs";
import { LabError } from "../domain/errors.ts";

export interface Gpu {
  /** As CUDA_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES name it. */
  id: string;
  model: string;
  memory_mb: number;
}

/** What a machine says of its GPUs; tests give their own. */
export interface GpuSources {
  env: Readonly<Record<string, string | undefined>>;
  /** Output of a program, null when it is missing or fails. */
  output: (argv: readonly string[]) => string | null;
  /** Names in a folder. */
  names: (folder: string) => string[];
}

export function gpuSources(env: GpuSources["env"]): GpuSources {
  return {
    env,
    output(argv) {
      const [program = ""] = argv;
      if (Bun.which(program) === null) return null;
      const done = Bun.spawnSync([...argv], { stderr: "ignore", timeout: 20_000 });
      return done.exitCode === 0 ? done.stdout.toString() : null;
    },
    names: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
  };
}

/**
 * The GPUs that a worker gives out: `wanted` is all, none, or ids and UUIDs with commas. A scheduler
 * that set CUDA_VISIBLE_DEVICES before us decides which there are, and how they are numbered. Ids that
 * nobody can check, for want of nvidia-smi and rocm-smi, are believed. Throws LabError usage.
 */
export function findGpus(wanted: string, sources: GpuSources): Gpu[] {
  if (wanted === "none") return [];
  const allowed = allowedBy(sources.env);
  const known = nvidia(sources) ?? amd(sources);
  const detail = (id: string): Gpu =>
    known?.find(
      (gpu) => gpu.id === id || (id.length > 4 && gpu.uuids.some((uuid) => uuid.startsWith(id))),
    ) ?? {
      id,
      model: "",
      memory_mb: 0,
    };
  const found = allowed ?? (known ?? devices(sources)).map((gpu) => gpu.id);
  if (wanted === "all") return found.map((id) => withId(id, detail(id)));
  const ids = wanted.split(",").map((id) => id.trim());
  for (const [index, id] of ids.entries()) {
    if (!/^[A-Za-z0-9/:._-]+$/.test(id)) {
      throw refusal(`--gpus: expected all, none, or ids like 0,1, got ${JSON.stringify(wanted)}`);
    }
    if (ids.indexOf(id) !== index) throw refusal(`--gpus names GPU ${id} twice`);
    const isThere =
      allowed !== null
        ? allowed.includes(id)
        : known === null || known.some((gpu) => gpu.id === id || gpu.uuids.includes(id));
    if (!isThere) throw refusal(`there is no GPU ${id} here, only: ${found.join(", ") || "none"}`);
  }
  return ids.map((id) => withId(id, detail(id)));
}

/** What the processes of an attempt get so that they see these GPUs and no other. */
export function gpuEnvironment(ids: readonly string[]): Record<string, string> {
  const list = ids.join(",");
  return {
    CUDA_VISIBLE_DEVICES: list,
    HIP_VISIBLE_DEVICES: list,
    // Otherwise the fastest one is number 0, and not the one that nvidia-smi calls so.
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
  };
}

type KnownGpu = Gpu & { uuids: string[] };

function withId(id: string, { model, memory_mb }: Gpu): Gpu {
  return { id, model, memory_mb };
}

/** null: nobody decided for us. */
function allowedBy(env: GpuSources["env"]): string[] | null {
  const given =
    env["CUDA_VISIBLE_DEVICES"] ?? env["HIP_VISIBLE_DEVICES"] ?? env["ROCR_VISIBLE_DEVICES"];
  if (given === undefined) return null;
  const ids = given.split(",").map((id) => id.trim());
  // Everything after an invalid entry is invisible, as CUDA has it.
  const end = ids.findIndex((id) => id === "" || id === "-1" || id === "NoDevFiles");
  return end === -1 ? ids : ids.slice(0, end);
}

/** Lines such as `0, GPU-5f..., NVIDIA H100 80GB HBM3, 81559`. */
function nvidia({ output }: GpuSources): KnownGpu[] | null {
  const fields = "--query-gpu=index,uuid,name,memory.total";
  const text = output(["nvidia-smi", fields, "--format=csv,noheader,nounits"]);
  if (text === null) return null;
  return text.split("\n").flatMap((line) => {
    const [id = "", uuid = "", model = "", memory = ""] = line
      .split(",")
      .map((part) => part.trim());
    if (!/^\d+$/.test(id)) return [];
    return [{ id, model, memory_mb: Number(memory) || 0, uuids: [uuid] }];
  });
}

/** Lines such as `card0,0x74a1,...` below a header; the columns differ between versions. */
function amd({ output }: GpuSources): KnownGpu[] | null {
  const argv = [
    "rocm-smi",
    "--showproductname",
    "--showuniqueid",
    "--showmeminfo",
    "vram",
    "--csv",
  ];
  const text = output(argv);
  if (text === null) return null;
  const [header = "", ...lines] = text.trim().split("\n");
  const columns = header.split(",").map((name) => name.trim().toLowerCase());
  return lines.flatMap((line) => {
    const values = line.split(",").map((value) => value.trim());
    const of = (pattern: RegExp): string =>
      values[columns.findIndex((name) => pattern.test(name))] ?? "";
    const id = /^card(\d+)$/.exec(values[0] ?? "")?.[1];
    if (id === undefined) return [];
    const memory_mb = Math.round(Number(of(/vram total memory/)) / 1024 ** 2) || 0;
    return [{ id, model: of(/card series|card model/), memory_mb, uuids: [of(/unique id/)] }];
  });
}

/** Without either program: /dev/nvidia0, /dev/nvidia1, ... */
function devices({ names }: GpuSources): Gpu[] {
  return names("/dev")
    .flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .map((id) => ({ id, model: "", memory_mb: 0 }));
}

function refusal(problem: string): LabError {
  return new LabError("usage", problem, {
    hint: "name them as nvidia-smi numbers them, or leave --gpus out for all",
  });
}
