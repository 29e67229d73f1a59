import { assetPaths, assetText, templateNames, templateText } from "../../assets.ts";
import { LabError } from "../errors.ts";
import type { JsonValue } from "../types.ts";
import { didYouMean } from "../nearest-name.ts";
import { setFields } from "./stored.ts";

interface Starter {
  /** Folders under templates/starter/ that make up the workspace; one of them has the README.md. */
  folders: string[];
  /** How spec.yaml differs from the template; undefined takes a field out. */
  fields: Record<string, JsonValue | undefined>;
}

const WORKSPACE = { workspace_root: "workspace", workspace_mode: "copy" };

const EVALUATE = {
  ...WORKSPACE,
  executor_command: "builtin:ts evaluate.ts",
  mutable_paths: ["train_config.json"],
  artifacts_expected: undefined,
};

const IMPROVE_CODE = {
  ...WORKSPACE,
  executor_command: "builtin:reference",
  baseline_command: "builtin:ts bench.ts",
  validation_command: "builtin:ts bench.ts",
  require_clean_workspace: false,
  constraints: ["keep edits inside the declared mutable paths", "one small change in each run"],
  mutable_paths: ["src/"],
  artifacts_expected: ["decision.json"],
};

const TUNE: Starter = {
  folders: ["tune"],
  fields: { ...EVALUATE, read_only_paths: ["evaluate.ts", "search_space.json"] },
};

const STARTERS: Record<string, Starter> = {
  "autoresearch-generic": TUNE,
  "multifidelity-autoresearch": TUNE,
  "research-sprint": {
    folders: ["sprint"],
    fields: { ...EVALUATE, read_only_paths: ["evaluate.ts", "findings.json", "search_space.json"] },
  },
  "code-autoresearch": {
    folders: ["sort", "code"],
    fields: {
      ...IMPROVE_CODE,
      mutation_command: "builtin:ts mutate.ts",
      read_only_paths: ["bench.ts", "mutate.ts"],
    },
  },
  "local-agent-autoresearch": {
    folders: ["sort", "agent"],
    fields: { ...IMPROVE_CODE, read_only_paths: ["bench.ts", ".mutation.md"] },
  },
};

/**
 * An experiment ready to run, as files by path relative to a new folder: spec.yaml made from the
 * template, README.md, and the workspace/ it names. Throws LabError("usage") for an unknown template.
 */
export function starterFiles(template: string): Record<string, string> {
  const name = template.replace(/\.yaml$/, "");
  const text = templateText(name);
  const starter = Object.hasOwn(STARTERS, name) ? STARTERS[name] : undefined;
  if (text === null || starter === undefined) {
    const names = templateNames();
    const allowed = `expected ${names.join(", ")}${didYouMean(template, names)}`;
    throw new LabError("usage", `Unknown template ${JSON.stringify(template)}: ${allowed}`, {
      hint: "`labctl templates` lists them.",
    });
  }

  const id = /^id: *(\S+)/m.exec(text)?.[1] ?? name;
  const files: Record<string, string> = { "spec.yaml": starterSpec(text, starter.fields) };
  for (const folder of starter.folders) {
    const prefix = `starter/${folder}/`;
    for (const path of assetPaths().filter((one) => one.startsWith(prefix))) {
      const relative = path.slice(prefix.length);
      if (relative === "README.md") {
        files[relative] = assetText(path).replaceAll("{{id}}", id);
      } else {
        files[`workspace/${relative}`] = assetText(path);
      }
    }
  }
  return files;
}

/** The template's opening comment asks for what the starter has already filled in. */
function starterSpec(text: string, fields: Starter["fields"]): string {
  const body = setFields(text, fields).replace(/^(#.*\n)+/, "");
  return `# Ready to run: README.md beside this file says how, and what each file is.\n${body}`;
}
