/** How tokens of a hub look, wherever they stand: `hl_<scope>_<id>_<secret>`. */
const TOKEN = /hl_(?:admin|submit|read|join|worker|attempt)_/;

/** Of labctl itself, and what only steers the worker. */
const OURS = /^(?:LAB_|LABCTL_|BUN_|HERMES_LAB_DATA_ROOT$)/;

/**
 * The part of the worker's environment that attempts get: nothing that steers labctl, and nothing
 * that holds a token, under whatever name.
 */
export function scrubbedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || OURS.test(name) || TOKEN.test(value)) continue;
    kept[name] = value;
  }
  return kept;
}
