import { redactTokens } from "../domain/dispatch/token.ts";

/** Of labctl itself, and what only steers the worker. */
const OURS = /^(?:LAB_|LABCTL_|BUN_|HERMES_LAB_DATA_ROOT$)/;

/**
 * The part of the worker's environment that attempts get: nothing that steers labctl, and nothing
 * that holds a token of a hub, under whatever name.
 */
export function scrubbedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OURS.test(name) || redactTokens(value) !== value) continue;
    kept[name] = value;
  }
  return kept;
}
