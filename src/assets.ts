import { LabError } from "./domain/errors.ts";

import changelog from "../templates/CHANGELOG.md" with { type: "text" };
import program from "../templates/PROGRAM.md" with { type: "text" };
import readmeFirst from "../templates/README-FIRST.md" with { type: "text" };
import autoresearchGeneric from "../templates/autoresearch-generic.yaml" with { type: "text" };
import codeAutoresearch from "../templates/code-autoresearch.yaml" with { type: "text" };
import localAgentAutoresearch from "../templates/local-agent-autoresearch.yaml" with { type: "text" };
import multifidelityAutoresearch from "../templates/multifidelity-autoresearch.yaml" with { type: "text" };
import researchSprint from "../templates/research-sprint.yaml" with { type: "text" };
import agentTask from "../templates/starter/agent/.mutation.md" with { type: "text" };
import agentReadme from "../templates/starter/agent/README.md" with { type: "text" };
import codeReadme from "../templates/starter/code/README.md" with { type: "text" };
import sprintReadme from "../templates/starter/sprint/README.md" with { type: "text" };
import sprintFindings from "../templates/starter/sprint/findings.json" with { type: "text" };
import sprintSpace from "../templates/starter/sprint/search_space.json" with { type: "text" };
import sprintConfig from "../templates/starter/sprint/train_config.json" with { type: "text" };
import tuneReadme from "../templates/starter/tune/README.md" with { type: "text" };
import tuneSpace from "../templates/starter/tune/search_space.json" with { type: "text" };
import tuneConfig from "../templates/starter/tune/train_config.json" with { type: "text" };

// TypeScript and oxlint type an import by its extension and miss a default export; Bun gives the text.
/* oxlint-disable import/default */
// @ts-expect-error
import codeMutate from "../templates/starter/code/mutate.ts" with { type: "text" };
// @ts-expect-error
import sortBench from "../templates/starter/sort/bench.ts" with { type: "text" };
// @ts-expect-error
import sortSource from "../templates/starter/sort/src/sort.ts" with { type: "text" };
// @ts-expect-error
import sprintEvaluate from "../templates/starter/sprint/evaluate.ts" with { type: "text" };
// @ts-expect-error
import tuneEvaluate from "../templates/starter/tune/evaluate.ts" with { type: "text" };
/* oxlint-enable import/default */

const FILES: Record<string, unknown> = {
  "CHANGELOG.md": changelog,
  "PROGRAM.md": program,
  "README-FIRST.md": readmeFirst,
  "autoresearch-generic.yaml": autoresearchGeneric,
  "code-autoresearch.yaml": codeAutoresearch,
  "local-agent-autoresearch.yaml": localAgentAutoresearch,
  "multifidelity-autoresearch.yaml": multifidelityAutoresearch,
  "research-sprint.yaml": researchSprint,
  "starter/agent/.mutation.md": agentTask,
  "starter/agent/README.md": agentReadme,
  "starter/code/README.md": codeReadme,
  "starter/code/mutate.ts": codeMutate,
  "starter/sort/bench.ts": sortBench,
  "starter/sort/src/sort.ts": sortSource,
  "starter/sprint/README.md": sprintReadme,
  "starter/sprint/evaluate.ts": sprintEvaluate,
  "starter/sprint/findings.json": sprintFindings,
  "starter/sprint/search_space.json": sprintSpace,
  "starter/sprint/train_config.json": sprintConfig,
  "starter/tune/README.md": tuneReadme,
  "starter/tune/evaluate.ts": tuneEvaluate,
  "starter/tune/search_space.json": tuneSpace,
  "starter/tune/train_config.json": tuneConfig,
};

/** Every embedded file by its path under templates/, sorted. */
export function assetPaths(): string[] {
  return Object.keys(FILES).toSorted();
}

/** Text of an embedded file, by its path under templates/. Throws LabError for any other path. */
export function assetText(path: string): string {
  const text = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (typeof text === "string") return text;
  throw new LabError("not-found", `No such file in this build of labctl: templates/${path}`);
}

/** Names of the SPEC templates, sorted. */
export function templateNames(): string[] {
  return assetPaths()
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => path.slice(0, -".yaml".length));
}

/** A SPEC template by name, with or without `.yaml`; null when there is none. */
export function templateText(name: string): string | null {
  const bare = name.replace(/\.yaml$/, "");
  return templateNames().includes(bare) ? assetText(`${bare}.yaml`) : null;
}

/** The documents that every new data root starts with, by file name. */
export function dataRootDocuments(): Record<string, string> {
  const names = ["README-FIRST.md", "PROGRAM.md", "CHANGELOG.md"];
  return Object.fromEntries(names.map((name) => [name, assetText(name)]));
}
