import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of artifacts/agent of a run: what a model was asked and said. */
export function writeAgentFiles(
  artifacts_dir: string,
  files: Readonly<Record<string, string>>,
): void {
  const folder = join(artifacts_dir, "agent");
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
}
