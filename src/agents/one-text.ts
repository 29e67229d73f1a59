import { fenced } from "./prompt/fence.ts";
import type { Turn } from "./provider.ts";

/** A conversation for programs that take one text. */
export function asOneText(system: string, turns: readonly Turn[]): string {
  const [first, ...later] = turns;
  const rest = later.map(({ role, text }) =>
    role === "assistant"
      ? `# Your answer was\n\n${fenced(text)}`
      : `# That cannot be used\n\n${text}`,
  );
  return `${[system, first?.text ?? "", ...rest].join("\n\n").trimEnd()}\n`;
}
