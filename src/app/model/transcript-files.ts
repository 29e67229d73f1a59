import type { Transcript } from "../../agents/ask-model.ts";

/** What was asked and said, as files of a bundle's artifacts/agent. */
export function transcriptFiles({ prompt, raw, answer }: Transcript): Record<string, string> {
  return {
    "prompt.md": prompt,
    "answer.raw.txt": raw,
    ...(answer === null ? {} : { "answer.json": `${JSON.stringify(answer, null, 2)}\n` }),
  };
}
