import { LabError } from "../../domain/errors.ts";
import { didYouMean } from "../../domain/nearest-name.ts";

/** What the words of an agent's command may ask for; "" where there is nothing to give. */
export interface PlaceholderValues {
  prompt_file: string;
  schema_file: string;
  schema_json: string;
  output_file: string;
  usage_file: string;
  model: string;
  effort: string;
  workspace: string;
  budget_usd: string;
}

export const PLACEHOLDERS = [
  "prompt_file",
  "schema_file",
  "schema_json",
  "output_file",
  "usage_file",
  "model",
  "effort",
  "workspace",
  "budget_usd",
] as const satisfies readonly (keyof PlaceholderValues)[];

const BRACED = /\{([a-z_]+)\}/g;

/**
 * The words with placeholders filled in. One with nothing to give goes away, together with the option before it, so that
 * `--model {model}` is left out without a model. Throws `usage` for a name there is not.
 */
export function fillWords(words: readonly string[], values: PlaceholderValues): string[] {
  const filled: string[] = [];
  for (const word of words) {
    const names = [...word.matchAll(BRACED)].map(([, name = ""]) => name);
    const text = word.replaceAll(BRACED, (_, name: string) => valueOf(name, values));
    const isEmpty = names.some((name) => valueOf(name, values) === "");
    if (!isEmpty) filled.push(text);
    else if (filled.at(-1)?.startsWith("-") === true) filled.pop();
  }
  return filled;
}

/** Throws `usage` when a word has a placeholder that does not exist. */
export function assertPlaceholders(words: readonly string[]): void {
  for (const word of words) {
    for (const [, name = ""] of word.matchAll(BRACED)) keyOf(name);
  }
}

function valueOf(name: string, values: PlaceholderValues): string {
  return values[keyOf(name)];
}

function keyOf(name: string): keyof PlaceholderValues {
  const key = PLACEHOLDERS.find((one) => one === name);
  if (key !== undefined) return key;
  throw new LabError(
    "usage",
    `agent_command: unknown placeholder {${name}}${didYouMean(name, PLACEHOLDERS)}`,
    {
      hint: `use ${PLACEHOLDERS.map((one) => `{${one}}`).join(", ")}`,
    },
  );
}
