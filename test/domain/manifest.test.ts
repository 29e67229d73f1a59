import { describe, expect, test } from "bun:test";
import { parseManifest, parseOriginalManifest } from "../../src/domain/manifest.ts";
import { sampleManifest } from "../store/sample-manifest.ts";

describe("parseManifest()", () => {
  test("reads what this program writes", () => {
    for (const over of [{}, { status: "lost" as const }, { value: 0.5, params: { x: 1 } }]) {
      const manifest = sampleManifest(over);
      expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
    }
  });

  test("is null for anything else", () => {
    const { iteration: _iteration, ...without } = sampleManifest();
    const others = [without, { ...sampleManifest(), status: "done" }, [], null, 7];
    for (const other of others) expect(parseManifest(JSON.stringify(other))).toBeNull();
    expect(parseManifest("")).toBeNull();
    expect(parseManifest(JSON.stringify({ ...sampleManifest(), params: [1] }))).toBeNull();
  });
});

describe("parseOriginalManifest()", () => {
  const sealed = { run_id: "RUN-1", status: "failed", completed_at: "2026-01-01T00:00:00+00:00" };

  test("reads a run that the Python original finished", () => {
    expect(parseOriginalManifest(JSON.stringify(sealed))).toEqual({
      run_id: "RUN-1",
      role: "run",
      started_at: "",
      completed_at: "2026-01-01T00:00:00+00:00",
      fidelity_tier: "default",
      executor_class: "default",
      status: "failed",
    });
  });

  test("is null for one that it did not finish, and for what is no manifest", () => {
    const { completed_at: _completed, ...open } = sealed;
    for (const other of [open, { ...sealed, status: "running" }, {}, null]) {
      expect(parseOriginalManifest(JSON.stringify(other))).toBeNull();
    }
    expect(parseOriginalManifest("{")).toBeNull();
  });
});
