/** What programs need to start at all, and says nothing of anybody's secrets. */
const USUAL =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TERM|TMPDIR|TEMP|TMP|NO_COLOR|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|USERPROFILE)$/i;

/** The part of an environment that runs get: all of it, or the usual variables and those of `env_pass`. */
export function passedEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  env_pass: readonly string[],
): Readonly<Record<string, string | undefined>> {
  if (env_pass.length === 0) return inherited;
  const isPassed = (name: string): boolean =>
    USUAL.test(name) ||
    env_pass.some((rule) =>
      rule.endsWith("*") ? name.startsWith(rule.slice(0, -1)) : name === rule,
    );
  return Object.fromEntries(Object.entries(inherited).filter(([name]) => isPassed(name)));
}
