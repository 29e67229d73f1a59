import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applyCommit } from "../../../src/run/reference/apply-commit.ts";
import type { Progress } from "../../../src/run/reference/promotion.ts";
import { checkout, gitOut, type Ran, runReference, settle } from "./helpers.ts";

const APPLY = { promotion_strategy: "apply-on-accept" } as const;

/** A run whose accepted change rewrites, adds and deletes. */
async function accepted(workspace_root: string): Promise<Ran> {
  const mutation_command =
    "echo 2 > model.txt; mkdir -p new; echo n > new/file; rm old/gone; rm old/stays; echo s > old/stays";
  const spec = { ...APPLY, workspace_root, shell: true, mutation_command };
  const ran = await runReference(spec);
  expect(ran.report).toMatchObject({ outcome: "success", value: 2 });
  return ran;
}

const FILES = { "old/gone": "g\n", "old/stays": "1\n" };

function expectApplied(top: string, from: string): void {
  expect(gitOut(top, "status", "--porcelain")).toBe("");
  expect(gitOut(top, "log", "--format=%H", "HEAD^")).toBe(from);
  expect(readFileSync(join(top, "model.txt"), "utf8")).toBe("2\n");
  expect(readFileSync(join(top, "new/file"), "utf8")).toBe("n\n");
  expect(readdirSync(join(top, "old"))).toEqual(["stays"]);
  expect(readdirSync(join(top, ".git")).filter((name) => /labctl|lock/.test(name))).toEqual([]);
}

describe("settlePromotion()", () => {
  test("commits exactly the accepted paths on the branch that is checked out", async () => {
    const top = checkout(FILES);
    gitOut(top, "checkout", "--quiet", "-b", "work");
    const from = gitOut(top, "rev-parse", "HEAD");
    const ran = await accepted(top);
    expect(gitOut(top, "rev-parse", "HEAD")).toBe(from);
    expect(await settle(ran)).toBeNull();
    expectApplied(top, from);
    expect(gitOut(top, "symbolic-ref", "--short", "HEAD")).toBe("work");
    expect(gitOut(top, "show", "--name-only", "--format=", "HEAD").split("\n")).toEqual([
      "model.txt",
      "new/file",
      "old/gone",
      "old/stays",
    ]);
    const message = gitOut(top, "log", "-1", "--format=%B");
    expect(message).toContain("demo: score 2, was nothing before it");
    expect(message).toContain("Run: RUN-1 (iteration 1, tier default)");
    const decision: unknown = JSON.parse(ran.artifact("decision.json") ?? "");
    expect(decision).toMatchObject({
      applied_to_original: true,
      applied_commit: gitOut(top, "rev-parse", "HEAD"),
    });
  });

  test("a loop applies one after the other, and a rejected one leaves no trace", async () => {
    const top = checkout();
    for (const value of [2, 1, 3, 3, 4]) {
      const best = { run_id: "RUN-0", value: Number(readFileSync(join(top, "model.txt"), "utf8")) };
      const mutation_command = `sh -c 'echo ${value} > model.txt'`;
      const ran = await runReference({ ...APPLY, workspace_root: top, mutation_command }, { best });
      if (ran.report.promotion !== undefined) expect(await settle(ran)).toBeNull();
    }
    expect(gitOut(top, "log", "--format=%s").split("\n")).toEqual([
      "demo: score 4, was 3 (best-so-far)",
      "demo: score 3, was 2 (best-so-far)",
      "demo: score 2, was 1 (best-so-far)",
      "all",
    ]);
    expect(gitOut(top, "status", "--porcelain")).toBe("");
  });

  test("keeps modes, links and binary content, in a workspace below the top", async () => {
    const top = checkout({ "exp/model.txt": "1\n", "exp/evaluate.sh": "echo score=1\n" });
    const mutation_command =
      "printf '\\000\\377' > blob; chmod +x evaluate.sh; ln -s model.txt link; printf 'caf\\351' > 'a name'";
    const ran = await runReference({
      ...APPLY,
      workspace_root: join(top, "exp"),
      shell: true,
      mutation_command,
    });
    expect(await settle(ran)).toBeNull();
    expect(gitOut(top, "status", "--porcelain")).toBe("");
    expect([...readFileSync(join(top, "exp/blob"))]).toEqual([0, 255]);
    expect(readFileSync(join(top, "exp/a name")).at(-1)).toBe(0xe9);
    expect(readlinkSync(join(top, "exp/link"))).toBe("model.txt");
    expect(statSync(join(top, "exp/evaluate.sh")).mode & 0o111).toBe(0o111);
  });

  test("runs no hook", async () => {
    const top = checkout(FILES);
    for (const name of ["pre-commit", "post-commit", "reference-transaction", "post-checkout"]) {
      mkdirSync(join(top, ".git/hooks"), { recursive: true });
      writeFileSync(join(top, ".git/hooks", name), "#!/bin/sh\ntouch ../hooked hooked\n");
      chmodSync(join(top, ".git/hooks", name), 0o755);
    }
    const from = gitOut(top, "rev-parse", "HEAD");
    expect(await settle(await accepted(top))).toBeNull();
    expectApplied(top, from);
    expect(existsSync(join(top, "hooked"))).toBe(false);
  });

  test.each<[string, (top: string) => unknown, RegExp]>([
    [
      "an edited file",
      (top) => writeFileSync(join(top, "evaluate.sh"), "x"),
      /uncommitted changes: evaluate\.sh/,
    ],
    ["a new commit", (top) => gitOut(top, "commit", "--allow-empty", "-m", "x"), /HEAD moved from/],
    [
      "a merge under way",
      (top) => writeFileSync(join(top, ".git/MERGE_HEAD"), ""),
      /in the middle of something/,
    ],
    ["a checkout that is gone", (top) => renameSync(top, `${top}-away`), /is gone/],
  ])("refuses with %s, and touches nothing", async (_, disturb, why) => {
    const top = checkout(FILES);
    const ran = await accepted(top);
    disturb(top);
    expect(await settle(ran)).toMatch(why);
    const place = existsSync(top) ? top : `${top}-away`;
    expect(readFileSync(join(place, "model.txt"), "utf8")).toBe("1\n");
    expect(readdirSync(join(place, ".git")).filter((name) => /labctl|lock/.test(name))).toEqual([]);
    expect(await settle(ran, true)).toMatch(why);
  });

  test("refuses a path that goes through a filter of the repository", async () => {
    const top = checkout({ ...FILES, ".gitattributes": "*.txt filter=x\n" });
    const ran = await accepted(top);
    gitOut(top, "config", "filter.x.clean", "cat");
    gitOut(top, "config", "filter.x.smudge", "cat");
    expect(await settle(ran)).toContain("model.txt has the git attribute filter=x");
    expect(gitOut(top, "rev-list", "--count", "HEAD")).toBe("1");
  });

  test("refuses a patch that is not the one that was scored", async () => {
    const top = checkout(FILES);
    const ran = await accepted(top);
    const patch = join(ran.request.run.dir, "artifacts/diff.patch");
    writeFileSync(patch, `${readFileSync(patch, "utf8")}\n`);
    expect(await settle(ran)).toContain("is not the one that was scored");
  });

  test("ignores progress that the run's own commands made up", async () => {
    const top = checkout(FILES);
    const from = gitOut(top, "rev-parse", "HEAD");
    const ran = await accepted(top);
    writeFileSync(join(ran.request.run.dir, "artifacts/apply.json"), '{"state":"applied"}');
    expect(await settle(ran)).toBeNull();
    expectApplied(top, from);
  });
});

describe("after a crash, settlePromotion() finishes", () => {
  /** A checkout as a crash right after the preparation leaves it. */
  async function prepared(): Promise<{
    top: string;
    from: string;
    ran: Ran;
    progress: Progress;
    index: string;
  }> {
    const top = checkout(FILES);
    const from = gitOut(top, "rev-parse", "HEAD");
    const ran = await accepted(top);
    const { dir, id: run_id } = ran.request.run;
    const plan = ran.report.promotion;
    if (plan === undefined) throw new Error("nothing to apply");
    let progress: Progress | null = null;
    const crash = applyCommit(
      { ...plan, run_id },
      join(dir, "artifacts/diff.patch"),
      null,
      (next) => {
        progress = next;
        writeFileSync(join(dir, "artifacts/apply.json"), JSON.stringify(next));
        throw new Error("crash");
      },
    ).catch((error: unknown) => String(error));
    expect(await crash).toBe("Error: crash");
    if (progress === null) throw new Error("not prepared");
    return { top, from, ran, progress, index: join(top, ".git/index") };
  }

  const STEPS = ["prepared", "locked", "one file", "all files", "moved", "index"] as const;

  test.each(STEPS.map((step, count) => [step, count] as const))("after: %s", async (_, count) => {
    const { top, from, ran, progress, index } = await crashed(count);
    expect(progress.state).toBe("prepared");
    expect(await settle(ran, true)).toBeNull();
    expectApplied(top, from);
    expect(existsSync(`${index}.lock`)).toBe(false);
    // And once more: it is done.
    expect(await settle(ran, true)).toBeNull();
    expectApplied(top, from);
  });

  async function crashed(count: number): ReturnType<typeof prepared> {
    const state = await prepared();
    const { top, ran, progress, index } = state;
    // The crash of the test cleans up as an error does; a real one would have left the new index.
    const ours = `${index}.labctl-${ran.request.run.id}`;
    gitOut(top, "read-tree", `--index-output=${ours}`, progress.to ?? "");
    progress.index_sha256 = new Bun.CryptoHasher("sha256").update(readFileSync(ours)).digest("hex");
    writeFileSync(join(ran.request.run.dir, "artifacts/apply.json"), JSON.stringify(progress));
    const steps = [
      () => linkSync(ours, `${index}.lock`),
      () => {
        writeFileSync(join(top, "model.txt"), "2\n");
        writeFileSync(join(top, `old/stays.labctl-${ran.request.run.id}`), "half");
      },
      () => {
        mkdirSync(join(top, "new"));
        writeFileSync(join(top, "new/file"), "n\n");
        Bun.spawnSync(["sh", "-c", "rm old/gone old/*labctl*; echo s > old/stays"], { cwd: top });
      },
      () => gitOut(top, "update-ref", "HEAD", progress.to ?? ""),
      () => renameSync(`${index}.lock`, index),
    ];
    for (const step of steps.slice(0, count)) step();
    return state;
  }

  test("or takes back what it did when the user changed a file meanwhile", async () => {
    const { top, from, ran } = await crashed(2);
    writeFileSync(join(top, "old/stays"), "mine\n");
    expect(await settle(ran, true)).toContain("old/stays was changed meanwhile");
    expect(gitOut(top, "rev-parse", "HEAD")).toBe(from);
    expect(gitOut(top, "status", "--porcelain")).toBe(" M old/stays");
    expect(readFileSync(join(top, "model.txt"), "utf8")).toBe("1\n");
    expect(readdirSync(join(top, "old")).toSorted()).toEqual(["gone", "stays"]);
  });

  test("or takes it back when the branch went on meanwhile", async () => {
    const { top, from, ran, index } = await crashed(2);
    const other = gitOut(top, "commit-tree", "-p", from, "-m", "other", `${from}^{tree}`);
    gitOut(top, "update-ref", "HEAD", other);
    expect(await settle(ran, true)).toContain("HEAD moved");
    expect(existsSync(`${index}.lock`)).toBe(false);
    expect(gitOut(top, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(top, "model.txt"), "utf8")).toBe("1\n");
  });
});
