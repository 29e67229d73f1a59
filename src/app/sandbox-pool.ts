import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../domain/spec/spec.ts";
import type { Log } from "../ports.ts";
import { createSandbox, type Sandbox } from "../run/sandbox.ts";
import type { Layout } from "../store/layout.ts";

/** One sandbox for each run in parallel, made when first needed and used again and again. */
export interface SandboxPool {
  take(): Promise<Sandbox>;
  giveBack(sandbox: Sandbox): void;
  dispose(): Promise<void>;
}

/**
 * Sandboxes live in `folder`, under scratch/<lease id>, where recovery finds those of a dead owner. Without a
 * workspace they are empty folders: params then reach the command by environment or placeholders.
 */
export function createSandboxPool(
  layout: Layout,
  spec: Spec,
  folder: string,
  log: Log,
): SandboxPool {
  const nothing = join(folder, "empty-workspace");
  const all: Sandbox[] = [];
  const free: Sandbox[] = [];
  return {
    async take() {
      const waiting = free.pop();
      if (waiting !== undefined) return waiting;
      if (spec.workspace_root === "") mkdirSync(nothing, { recursive: true });
      const sandbox = await createSandbox({
        workspace_root: spec.workspace_root === "" ? nothing : spec.workspace_root,
        mode: spec.workspace_mode,
        dir: join(folder, `slot-${all.length + 1}`),
        exclude: [layout.root],
        require_clean: spec.require_clean_workspace,
      });
      if (all.length === 0) for (const note of sandbox.notes) log.info(note);
      all.push(sandbox);
      return sandbox;
    },
    giveBack(sandbox) {
      free.push(sandbox);
    },
    async dispose() {
      for (const sandbox of all) await sandbox.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
