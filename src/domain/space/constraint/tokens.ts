/** A word of a constraint. `column` counts from 1. */
export interface Token {
  kind: "number" | "text" | "name" | "word" | "sign" | "end";
  /** The characters of a sign or word, the content of a text or name. */
  text: string;
  column: number;
}

/** What is wrong with a constraint, and where. */
export class ConstraintError extends Error {
  override readonly name = "ConstraintError";

  constructor(
    readonly column: number,
    problem: string,
  ) {
    super(problem);
  }
}

const PATTERN =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_.]*)|`(?<name>[^`]+)`|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<sign>\*\*|<=|>=|==|!=|[-+*/%<>(),]))/iuy;

/** What people write in other languages. */
const FOREIGN: Record<string, string> = {
  "&": "use and",
  "|": "use or",
  "!": "use not, or != to compare",
  "=": "use == to compare",
  "^": "use ** for powers",
};

/** Cuts a constraint into tokens, with an `end` after the last. Throws ConstraintError. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const text = source.trimEnd();
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const start = PATTERN.lastIndex;
    const groups = PATTERN.exec(text)?.groups;
    if (groups === undefined) throw unexpected(text, start);
    const column = start + (/^\s*/.exec(text.slice(start))?.[0].length ?? 0) + 1;
    tokens.push({ ...read(groups), column });
  }
  return [...tokens, { kind: "end", text: "the end", column: text.length + 1 }];
}

function read(groups: Record<string, string | undefined>): Omit<Token, "column"> {
  const { number, word, name, sign } = groups;
  if (number !== undefined) return { kind: "number", text: number };
  if (word !== undefined) return { kind: "word", text: word };
  if (name !== undefined) return { kind: "name", text: name };
  if (sign !== undefined) return { kind: "sign", text: sign };
  const quoted = groups.double ?? groups.single ?? "";
  return { kind: "text", text: quoted.replaceAll(/\\(.)/gu, "$1") };
}

function unexpected(text: string, start: number): ConstraintError {
  const rest = text.slice(start).trimStart();
  const column = text.length - rest.length + 1;
  const [found = ""] = rest;
  if (/["'`]/.test(found)) return new ConstraintError(column, `${found} is never closed`);
  const advice = FOREIGN[found] === undefined ? "" : `: ${FOREIGN[found]}`;
  return new ConstraintError(column, `unexpected ${JSON.stringify(found)}${advice}`);
}
