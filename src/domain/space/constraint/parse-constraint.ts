import { nearestName } from "../../nearest-name.ts";
import type { Constraint, Parameter } from "../../space.ts";
import { FUNCTIONS } from "./expression.ts";
import type { Arithmetic, Comparison, Expression, FunctionName, Kind } from "./expression.ts";
import { checkLiteral, kindOf } from "./kinds.ts";
import { ConstraintError, tokensOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

const MAX_LENGTH = 1000;
const MAX_DEPTH = 50;
const COMPARISONS: readonly Comparison[] = ["<", "<=", ">", ">=", "==", "!="];
const RESERVED = ["and", "or", "not", "true", "false", "null"];

/**
 * Reads a constraint such as `batch * accum <= 4096`, written as in Python: + - * / % **,
 * comparisons (which may be chained), and, or, not, parentheses, min max abs log exp sqrt floor
 * ceil, numbers, texts in quotes, names (in backticks when they hold other signs). Throws
 * ConstraintError, which says at which column.
 */
export function parseConstraint(
  text: string,
  parameters: ReadonlyMap<string, Parameter>,
): Constraint {
  if (text.length > MAX_LENGTH) {
    throw new ConstraintError(
      MAX_LENGTH,
      `expected at most ${MAX_LENGTH} characters, got ${text.length}`,
    );
  }
  const tokens = tokensOf(text);
  const names = new Set<string>();
  let position = 0;
  let depth = 0;

  const last = tokens.length - 1;
  const peek = (): Token => tokens[Math.min(position, last)] ?? END;
  const next = (): Token => {
    const token = peek();
    position++;
    return token;
  };
  /** Takes the next token when it is this sign or word. */
  const take = (...wanted: readonly string[]): Token | null => {
    const token = peek();
    const fits = (token.kind === "sign" || token.kind === "word") && wanted.includes(token.text);
    return fits ? next() : null;
  };
  const expect = (sign: string): void => {
    if (take(sign) === null) throw misplaced(peek(), sign);
  };
  /** Checks what an operator is given. */
  const need = (kind: Kind, expression: Expression, token: Token): Expression => {
    const got = kindOf(expression, parameters);
    if (got === kind) return expression;
    const wanted = kind === "number" ? "numbers" : "conditions";
    throw new ConstraintError(
      token.column,
      `${token.text} takes ${wanted}: got ${say(expression, got)}`,
    );
  };

  function either(): Expression {
    return chain(() => chain(negation, "and"), "or");
  }

  function chain(part: () => Expression, op: "and" | "or"): Expression {
    let left = part();
    for (let token = take(op); token !== null; token = take(op)) {
      left = { op, left: need("truth", left, token), right: need("truth", part(), token) };
    }
    return left;
  }

  function negation(): Expression {
    const token = take("not");
    if (token === null) return comparison();
    return nested(token, () => ({ op: "not", of: need("truth", negation(), token) }));
  }

  /** `a < b <= c` means `a < b and b <= c`. */
  function comparison(): Expression {
    let left = sum();
    let chained: Expression | null = null;
    for (let token = take(...COMPARISONS); token !== null; token = take(...COMPARISONS)) {
      const right = sum();
      const one = compare(token, left, right);
      chained = chained === null ? one : { op: "and", left: chained, right: one };
      left = right;
    }
    return chained ?? left;
  }

  function compare(token: Token, left: Expression, right: Expression): Expression {
    const op = COMPARISONS.find((known) => known === token.text) ?? "==";
    if (op === "==" || op === "!=") {
      const problem = checkLiteral(left, right, parameters);
      if (problem !== null) throw new ConstraintError(token.column, problem);
      return { op, left, right };
    }
    return { op, left: need("number", left, token), right: need("number", right, token) };
  }

  function sum(): Expression {
    return series(() => series(signed, ["*", "/", "%"]), ["+", "-"]);
  }

  function series(part: () => Expression, ops: readonly Arithmetic[]): Expression {
    let left = part();
    for (let token = take(...ops); token !== null; token = take(...ops)) {
      left = arithmetic(token, left, part());
    }
    return left;
  }

  function arithmetic(token: Token, left: Expression, right: Expression): Expression {
    const op = ARITHMETIC.find((known) => known === token.text) ?? "+";
    return { op, left: need("number", left, token), right: need("number", right, token) };
  }

  function signed(): Expression {
    const token = take("-", "+");
    if (token === null) return power();
    return nested(token, () => {
      const of = signed();
      return arithmetic(token, { op: "literal", value: 0 }, of);
    });
  }

  /** Binds to the right and tighter than a sign on its left: -2 ** 2 is -4. */
  function power(): Expression {
    const left = atom();
    const token = take("**");
    return token === null ? left : nested(token, () => arithmetic(token, left, signed()));
  }

  function atom(): Expression {
    const token = next();
    switch (token.kind) {
      case "number":
        return { op: "literal", value: Number(token.text) };
      case "text":
        return { op: "literal", value: token.text };
      case "name":
        return named(token);
      case "word":
        return word(token);
      case "sign":
        if (token.text !== "(") throw misplaced(token, "a value");
        return nested(token, () => {
          const inner = either();
          expect(")");
          return inner;
        });
      case "end":
        throw misplaced(token, "a value");
      default:
        return token.kind satisfies never;
    }
  }

  function word(token: Token): Expression {
    const called = FUNCTIONS.find((name) => name === token.text);
    if (take("(") !== null) {
      if (called === undefined) {
        throw new ConstraintError(
          token.column,
          `no function ${token.text}: expected ${FUNCTIONS.join(", ")}`,
        );
      }
      return nested(token, () => call(called, token));
    }
    if (token.text === "true") return { op: "literal", value: true };
    if (token.text === "false") return { op: "literal", value: false };
    if (token.text === "null") return { op: "literal", value: null };
    if (RESERVED.includes(token.text)) throw misplaced(token, "a value");
    return named(token);
  }

  function call(name: FunctionName, token: Token): Expression {
    const of: Expression[] = [];
    do of.push(need("number", either(), token));
    while (take(",") !== null);
    expect(")");
    const several = name === "min" || name === "max";
    if (several ? of.length < 2 : of.length > 1) {
      const takes = several ? "two values or more" : "one value";
      throw new ConstraintError(token.column, `${name} takes ${takes}: got ${of.length}`);
    }
    return { op: "call", name, of };
  }

  function named({ text: name, column }: Token): Expression {
    if (!parameters.has(name)) {
      const near = nearestName(name, [...parameters.keys()]);
      const meant = near === null ? "" : ` (did you mean ${near}?)`;
      throw new ConstraintError(
        column,
        `no parameter ${name}${meant}; a text is written in quotes`,
      );
    }
    names.add(name);
    return { op: "name", name };
  }

  /** Guards the stack against a text of nothing but brackets. */
  function nested(token: Token, read: () => Expression): Expression {
    if (++depth > MAX_DEPTH) {
      throw new ConstraintError(token.column, `expected at most ${MAX_DEPTH} levels`);
    }
    const expression = read();
    depth--;
    return expression;
  }

  const expression = either();
  if (peek().kind !== "end") throw misplaced(peek(), "an operator or the end");
  const kind = kindOf(expression, parameters);
  if (kind !== "truth") {
    throw new ConstraintError(
      1,
      `expected a condition such as a <= b, got ${say(expression, kind)}`,
    );
  }
  if (names.size === 0) throw new ConstraintError(1, "names no parameter");
  return { text, names: [...names], expression };
}

const ARITHMETIC: readonly Arithmetic[] = ["+", "-", "*", "/", "%", "**"];
const END: Token = { kind: "end", text: "the end", column: 1 };

function misplaced(token: Token, wanted: string): ConstraintError {
  const got = token.kind === "end" ? token.text : JSON.stringify(token.text);
  return new ConstraintError(token.column, `expected ${wanted}, got ${got}`);
}

function say(expression: Expression, kind: Kind): string {
  if (expression.op === "name") {
    const what = { number: "a number", truth: "true or false", other: "not always a number" };
    return `${expression.name}, which is ${what[kind]}`;
  }
  if (expression.op === "literal") return JSON.stringify(expression.value);
  return kind === "truth" ? "a condition" : "a number";
}
