import { plainAnswer, readClaude, readCodex, readHermes, type ReadAnswer } from "./read-answer.ts";

/** How to call a program that is an agent by itself. Words in braces: placeholders.ts. */
export interface Preset {
  /** Asks for params or code as text: it may not touch anything. */
  propose: readonly string[];
  /** Lets it edit the files of its working folder. */
  mutate: readonly string[];
  read: ReadAnswer;
  /** What to set or do when it is not let in. */
  login: string;
}

const CLAUDE = ["claude", "-p", "--output-format", "json", "--max-budget-usd", "{budget_usd}"];
const CLAUDE_MODEL = ["--model", "{model}", "--effort", "{effort}", "--no-session-persistence"];
const CODEX = ["codex", "exec", "--json", "--ephemeral", "--skip-git-repo-check"];
const CODEX_MODEL = ["--model", "{model}", "-c", "model_reasoning_effort={effort}"];
const HERMES = ["hermes", "--query-file", "-", "--usage-file", "{usage_file}"];
const HERMES_MODEL = ["--model", "{model}", "--ignore-user-config", "--ignore-rules"];

export const PRESETS: Readonly<Record<string, Preset>> = {
  claude: {
    propose: [
      ...CLAUDE,
      ...CLAUDE_MODEL,
      "--json-schema",
      "{schema_json}",
      "--disallowedTools",
      "Bash,Edit,Write,WebFetch,WebSearch",
    ],
    mutate: [
      ...CLAUDE,
      ...CLAUDE_MODEL,
      "--permission-mode",
      "acceptEdits",
      "--allowedTools",
      "Read,Grep,Glob,Edit,Write",
    ],
    read: readClaude,
    login: "log in with `claude`, or set ANTHROPIC_API_KEY to a valid key",
  },
  codex: {
    propose: [
      ...CODEX,
      ...CODEX_MODEL,
      "--sandbox",
      "read-only",
      "--output-schema",
      "{schema_file}",
      "-o",
      "{output_file}",
      "-",
    ],
    mutate: [...CODEX, ...CODEX_MODEL, "--sandbox", "workspace-write", "-o", "{output_file}", "-"],
    read: readCodex,
    login: "log in with `codex login`, or set OPENAI_API_KEY to a valid key",
  },
  hermes: {
    propose: [...HERMES, ...HERMES_MODEL],
    mutate: [...HERMES, ...HERMES_MODEL],
    read: readHermes,
    login: "set up its provider with `hermes setup`",
  },
};

/** A program of the user's own: `agent_command`. */
export function ownCommand(words: readonly string[]): Preset {
  return { propose: words, mutate: words, read: plainAnswer, login: "give it the key it wants" };
}
