import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { finalize } from "../../src/app/finalize.ts";
import { runOnce } from "../../src/app/run-once.ts";
import { trialRows } from "../../src/app/trials.ts";
import type { TrialRow } from "../../src/domain/types.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";
import { commitAll, temporaryFolder, writeFiles } from "../run/request.ts";

const never = new AbortController().signal;

/** Each run changes model.txt to another number; dearer tiers add to what they find in it. */
const CODE = {
  executor_command: "builtin:reference",
  mutation_command: `sh -c 'echo $((LAB_RUN_ITERATION * 7 % 5)) > model.txt'`,
  validation_command: "cat model.txt",
  validation_validation_command: `sh -c 'echo $(($(cat model.txt) + 10))'`,
  final_validation_command: `sh -c 'echo $(($(cat model.txt) + 100))'`,
  fidelity_tiers: ["proxy", "validation", "final"],
  locked_tier: "final",
  mutable_paths: ["model.txt"],
  promote: "asha",
  cadence: "every-1-minutes",
  max_iterations_total: 50,
};

async function codeLab(workspace_root: string, fields: object = {}): Promise<LabRoot> {
  const lab = await labRoot();
  await lab.create("code", { ...CODE, workspace_root, ...fields });
  return lab;
}

async function cycles(lab: LabRoot, count: number): Promise<TrialRow[]> {
  for (let round = 0; round < count; round++) {
    await runOnce(lab.session, { max_runs: 1, executor_classes: [], signal: never });
    lab.clock.advance(60_000);
  }
  return trialRows(lab.session, "code");
}

function patchOf(lab: LabRoot, run_id: string | undefined): string {
  const { runs } = experimentLayout(lab.layout, "code");
  return readFileSync(join(runs, run_id ?? "", "artifacts", "diff.patch"), "utf8");
}

describe("promotion of changes of code", () => {
  test.each([
    ["a copied workspace", ""],
    ["a checkout", "."],
    ["a folder of a checkout", "sub/folder"],
  ])("re-runs the patch of the winner on the next tier: %s", async (_, place) => {
    const top = temporaryFolder();
    writeFiles(join(top, place), { "model.txt": "0\n" });
    if (place !== "") commitAll(top);
    using lab = await codeLab(join(top, place), place === "" ? { workspace_mode: "copy" } : {});
    const rows = await cycles(lab, 4);
    expect(rows.map((row) => [row.tier, row.value])).toEqual([
      ["proxy", 2],
      ["proxy", 4],
      ["proxy", 1],
      ["validation", 14],
    ]);
    const [, winner, , promoted] = rows;
    expect(promoted).toMatchObject({
      mode: "scheduled",
      strategy: "promoted",
      provenance: {
        promoted_from: winner?.run_id ?? "",
        from_value: 4,
        patch_sha256: winner?.patch_sha256 ?? "",
      },
    });
    expect(patchOf(lab, promoted?.run_id)).toBe(patchOf(lab, winner?.run_id));
    // Not again: the next one is a change of its own.
    expect((await cycles(lab, 1)).at(-1)).toMatchObject({ tier: "proxy", value: 0 });
    expect(readFileSync(join(top, place, "model.txt"), "utf8")).toBe("0\n");
  });

  test("does not try a patch again that no longer applies", async () => {
    const top = temporaryFolder();
    writeFiles(top, { "model.txt": "0\n" });
    using lab = await codeLab(top, { workspace_mode: "copy" });
    await cycles(lab, 3);
    await Bun.write(join(top, "model.txt"), "something else\n");
    const rows = await cycles(lab, 2);
    expect(rows.slice(3)).toMatchObject([
      { tier: "validation", outcome: "void", value: null },
      { tier: "proxy" },
    ]);
  });

  test("finalize scores the patch of the best run on the locked tier", async () => {
    const top = temporaryFolder();
    writeFiles(top, { "model.txt": "0\n" });
    using lab = await codeLab(top, { workspace_mode: "copy" });
    await cycles(lab, 4);
    const { finalized, view } = await finalize(lab.session, {
      experiment: "code",
      top: 1,
      signal: never,
    });
    expect(finalized).toMatchObject({
      from_tier: "validation",
      winners: [{ value: 14, final_value: 104 }],
    });
    expect(view.phase).toBe("completed");
  });
});
