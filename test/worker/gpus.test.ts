import { describe, expect, test } from "bun:test";
import { findGpus, gpuEnvironment, type GpuSources } from "../../src/worker/gpus.ts";
import { createSlots } from "../../src/worker/slots.ts";

const NVIDIA = `0, GPU-aaaa1111-0000, NVIDIA H100 80GB HBM3, 81559
1, GPU-bbbb2222-0000, NVIDIA H100 80GB HBM3, 81559
`;
const AMD = `device,VRAM Total Memory (B),Unique ID,Card Series
card0,68702699520,0x1234abcd,AMD Instinct MI250X
card1,68702699520,0x5678abcd,AMD Instinct MI250X
`;

/** A machine on which these programs print that, with these names in /dev. */
function machine(
  programs: Record<string, string>,
  env: Record<string, string> = {},
  devices: string[] = [],
): GpuSources {
  return {
    env,
    output: ([program = ""]) => programs[program] ?? null,
    names: () => devices,
  };
}

const ids = (wanted: string, sources: GpuSources): string[] =>
  findGpus(wanted, sources).map((gpu) => gpu.id);

describe("findGpus()", () => {
  test("takes all that nvidia-smi lists, with model and memory", () => {
    expect(findGpus("all", machine({ "nvidia-smi": NVIDIA }))).toEqual([
      { id: "0", model: "NVIDIA H100 80GB HBM3", memory_mb: 81559 },
      { id: "1", model: "NVIDIA H100 80GB HBM3", memory_mb: 81559 },
    ]);
  });

  test("takes those that are named, by number or UUID, as they are named", () => {
    const here = machine({ "nvidia-smi": NVIDIA });
    expect(ids("1", here)).toEqual(["1"]);
    expect(findGpus("GPU-bbbb2222-0000", here)).toMatchObject([
      { id: "GPU-bbbb2222-0000", memory_mb: 81559 },
    ]);
    expect(ids("none", here)).toEqual([]);
  });

  test("asks rocm-smi where there is no nvidia-smi, and looks into /dev where there is neither", () => {
    expect(findGpus("all", machine({ "rocm-smi": AMD }))).toEqual([
      { id: "0", model: "AMD Instinct MI250X", memory_mb: 65520 },
      { id: "1", model: "AMD Instinct MI250X", memory_mb: 65520 },
    ]);
    const devices = ["nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm", "null"];
    expect(ids("all", machine({}, {}, devices))).toEqual(["2", "10"]);
    expect(ids("all", machine({}))).toEqual([]);
  });

  test("believes ids that nobody can check", () => {
    expect(ids("0,1", machine({}))).toEqual(["0", "1"]);
  });

  test("takes what a scheduler gave, in its numbering, and nothing else", () => {
    const given = machine(
      { "nvidia-smi": NVIDIA },
      { CUDA_VISIBLE_DEVICES: "1,GPU-aaaa1111-0000" },
    );
    expect(ids("all", given)).toEqual(["1", "GPU-aaaa1111-0000"]);
    expect(findGpus("1", given)).toMatchObject([{ id: "1", memory_mb: 81559 }]);
    expect(() => ids("0", given)).toThrow("there is no GPU 0 here, only: 1, GPU-aaaa1111-0000");
    expect(ids("all", machine({ "nvidia-smi": NVIDIA }, { CUDA_VISIBLE_DEVICES: "" }))).toEqual([]);
    expect(ids("all", machine({}, { CUDA_VISIBLE_DEVICES: "0,-1,1" }))).toEqual(["0"]);
    expect(ids("all", machine({}, { HIP_VISIBLE_DEVICES: "3" }))).toEqual(["3"]);
  });

  test.each([
    ["7", "there is no GPU 7 here, only: 0, 1"],
    ["0,0", "names GPU 0 twice"],
    ["0,,1", "expected all, none, or ids"],
    ["a b", "expected all, none, or ids"],
  ])("refuses %p", (wanted, problem) => {
    expect(() => ids(wanted, machine({ "nvidia-smi": NVIDIA }))).toThrow(problem);
  });

  test("shows a run its own, in the order of nvidia-smi", () => {
    expect(gpuEnvironment(["2", "3"])).toEqual({
      CUDA_VISIBLE_DEVICES: "2,3",
      HIP_VISIBLE_DEVICES: "2,3",
      CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    });
  });
});

describe("createSlots()", () => {
  const needs = (gpus: number) => ({ gpus, labels: [] });

  test("gives each run as many GPUs as it needs, and no GPU to two", () => {
    const slots = createSlots(4, ["0", "1", "2", "3"]);
    expect(slots.take(needs(2))).toEqual(["0", "1"]);
    expect(slots.free()).toEqual({ slots: 2, gpus: 2 });
    expect(slots.take(needs(1))).toEqual(["2"]);
    expect(slots.take(needs(2))).toBeNull();
    slots.giveBack(["0", "1"]);
    expect(slots.take(needs(3))).toEqual(["0", "1", "3"]);
    expect(slots.free()).toEqual({ slots: 0, gpus: 0 });
  });

  test("gives a GPU also to runs that ask for none, where every slot has one", () => {
    const each = createSlots(2, ["0", "1"]);
    expect(each.take(needs(0))).toEqual(["0"]);
    expect(each.take(needs(0))).toEqual(["1"]);
    const few = createSlots(4, ["0"]);
    expect(few.take(needs(0))).toEqual([]);
    expect(few.take(needs(1))).toEqual(["0"]);
    expect(few.free()).toEqual({ slots: 2, gpus: 0 });
  });

  test("knows what runs of an earlier worker have", () => {
    const slots = createSlots(2, ["0", "1"]);
    slots.takeAgain(["1"]);
    expect(slots.take(needs(0))).toEqual(["0"]);
    expect(slots.take(needs(0))).toBeNull();
    slots.giveBack(["1"]);
    expect(slots.free()).toEqual({ slots: 1, gpus: 1 });
  });
});
