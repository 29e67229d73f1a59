import { describe, expect, test } from "bun:test";
import { problemsOf, specOf } from "./helpers.ts";

const spec = (fields: string) => `id: a\nmetric: m\n${fields}\n`;

describe("gpus, worker_labels and engine_options", () => {
  test("ask for nothing by default", () => {
    expect(specOf(spec(""))).toMatchObject({ gpus: 0, worker_labels: [], engine_options: {} });
  });

  test("may differ by tier", () => {
    const text = spec(
      "fidelity_tiers: [proxy, full]\ngpus: 1\nfull_gpus: 4\nfull_worker_labels: a100\nfull_engine_options: {slurm: {partition: big}}",
    );
    expect(specOf(text)).toMatchObject({
      gpus: 1,
      overrides: {
        full: {
          gpus: 4,
          worker_labels: ["a100"],
          engine_options: { slurm: { partition: "big" } },
        },
      },
    });
  });

  test("keep what an engine of one's own is told", () => {
    const engine_options = { "slurm-by-ssh": { hosts: ["a", "b"], max_pilots: 3 } };
    expect(specOf(spec(`engine_options: ${JSON.stringify(engine_options)}`))).toMatchObject({
      engine_options,
    });
  });

  test.each([
    ["gpus: 65", "spec.yaml:3:7 gpus: expected at most 64"],
    ["gpus: -1", "spec.yaml:3:7 gpus: expected a whole number, at least 0, got the number -1"],
    ["worker_labels: [a, 'b c']", /3:16 worker_labels: expected labels of letters.*got "b c"/],
    ["engine_options: slurm", /3:17 engine_options: expected a map of engines such as/],
    [
      "engine_options: {slrum: {}}",
      "spec.yaml:3:18 engine_options.slrum: unknown engine; did you mean slurm?",
    ],
    [
      "engine_options: {Big: {}}",
      "spec.yaml:3:18 engine_options.Big: expected the name of an engine: letters, digits and -",
    ],
    [
      "engine_options:\n  slurm:\n    partiton: gpu",
      /5:5 engine_options.slurm.partiton: unknown option of slurm.*did you mean partition\?/,
    ],
    [
      "engine_options: {slurm: {time_minutes: 0.5}}",
      /3:40 engine_options.slurm.time_minutes: expected a whole number, at least 1/,
    ],
    [
      "engine_options: {kubernetes: {labels: [a]}}",
      /3:39 engine_options.kubernetes.labels: expected a map/,
    ],
    ["engine_options: {own: {max_pilots: 0}}", /engine_options.own.max_pilots: expected a whole/],
  ])("refuse %s", (fields, problem) => {
    const [first] = problemsOf(spec(fields));
    if (typeof problem === "string") expect(first).toBe(problem);
    else expect(first).toMatch(problem);
  });
});
