import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Spec } from "../domain/spec/spec.ts";
import { createSandbox, type Sandbox } from "../run/sandbox.ts";
import type { Layout } from "../store/layout.ts";

/** One sandbox for each run in parallel, made when first needed and used again and again. */
export interface SandboxPool {
  take(): Promise<Sandbox>;
  giveBack(sandbox: Sandbox): void;
  dispose(): Promise<void>;
}

/** Sandboxes live under scratch/<lease id>, where recovery finds those of a dead owner. */
export function createSandboxPool(layout: Layout, spec: Spec, leaseId: string): SandboxPool {
  const folder = join(layout.scratch, leaseId);
  const all: Sandbox[] = [];
  const free: Sandbox[] = [];
  return {
    async take() {
      const waiting = free.pop();
      if (waiting !== undefined) return waiting;
      const sandbox = await createSandbox({
        workspace_root: spec.workspace_root,
        mode: spec.workspace_mode,
        dir: join(folder, `slot-${all.length + 1}`),
        exclude: [layout.root],
        require_clean: spec.require_clean_workspace,
      });
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
