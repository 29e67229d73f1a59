import type { CommandFailure } from "../describe-exit.ts";
import type { RunSession } from "../run-step.ts";
import { baselineFile, keepBaseline, readBaseline } from "./baseline-cache.ts";
import { measureLabelled, runLabelled } from "./labelled-step.ts";
import { freshTree, type PinnedBase, type WorkTree } from "./pinned-base.ts";

/** The tree of the parent, set up and unchanged: made when first needed. */
export interface ParentTree {
  ready(): Promise<WorkTree | CommandFailure>;
  isMade(): boolean;
  /** null without a baseline_command; measured once for a parent, then remembered. */
  baseline(): Promise<{ value: number | null; cached: boolean } | { failure: CommandFailure }>;
}

export function parentTree(session: RunSession, base: PinnedBase): ParentTree {
  const { spec, run } = session.request;
  let made: Promise<WorkTree | CommandFailure> | null = null;

  async function make(): Promise<WorkTree | CommandFailure> {
    const tree = await freshTree(base, "work");
    return (await runLabelled(session, { label: "setup", cwd: tree.cwd })) ?? tree;
  }

  const ready = (): Promise<WorkTree | CommandFailure> => (made ??= make());
  return {
    ready,
    isMade: () => made !== null,
    async baseline() {
      if (spec.baseline_command.trim() === "") return { value: null, cached: false };
      const file = baselineFile(session, base);
      const known = readBaseline(file);
      if (known !== null) return { value: known, cached: true };
      const tree = await ready();
      if ("outcome" in tree) return { failure: tree };
      const measured = await measureLabelled(session, { label: "baseline", cwd: tree.cwd });
      if ("failure" in measured) return measured;
      keepBaseline(file, run.id, measured.value);
      return { value: measured.value, cached: false };
    },
  };
}
