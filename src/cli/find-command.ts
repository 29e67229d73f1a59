import { nearestName } from "../domain/nearest-name.ts";
import type { CommandEntry, Registry } from "./command.ts";
import { usageError } from "./failure.ts";
import { SHARED_FLAGS } from "./shared-flags.ts";

/**
 * Separates the command's word from the rest of the line. Shared flags may stand before it
 * (`labctl --json status`), and `--version`. The word is null when the line names no command.
 */
export function splitCommand(argv: readonly string[]): { word: string | null; rest: string[] } {
  const leading: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const token = argv[at] ?? "";
    if (!token.startsWith("-")) return { word: token, rest: [...leading, ...argv.slice(at + 1)] };
    if (token !== "--version" && !isSharedFlag(token)) {
      throw usageError(`unknown option ${token}; options of a command go after its name`, null);
    }
    leading.push(token);
    if (token === "--data-root") leading.push(...argv.slice(++at, at + 1));
  }
  return { word: null, rest: leading };
}

/** The command of that name or alias; otherwise a usage error that gives the nearest name. */
export function findCommand(
  registry: Registry,
  word: string,
): { name: string; entry: CommandEntry } {
  // Own properties only: `labctl constructor` is an unknown command.
  const direct = Object.hasOwn(registry, word) ? registry[word] : undefined;
  if (direct !== undefined) return { name: word, entry: direct };
  for (const [name, entry] of Object.entries(registry)) {
    if (entry.aliases?.includes(word) === true) return { name, entry };
  }
  const known = Object.entries(registry).flatMap(([name, { aliases = [] }]) => [name, ...aliases]);
  const nearest = nearestName(word, known);
  const hint = nearest === null ? "" : `; did you mean ${nearest}?`;
  throw usageError(`unknown command '${word}'${hint}`, null);
}

function isSharedFlag(token: string): boolean {
  const written = token.replace(/=.*/s, "");
  return Object.entries(SHARED_FLAGS).some(
    ([name, flag]) => written === `--${name}` || ("alias" in flag && written === `-${flag.alias}`),
  );
}
