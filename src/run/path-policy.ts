import { posix } from "node:path";

/**
 * Which of the changed paths a SPEC does not allow: outside the workspace, inside read_only_paths,
 * or not inside mutable_paths. An empty mutable_paths allows the whole workspace. Each rule is a
 * file, a folder (with all that is in it) or a glob; everything is relative to the workspace.
 */
export function forbiddenPaths(
  changed: readonly string[],
  rules: { mutable_paths: readonly string[]; read_only_paths: readonly string[] },
): string[] {
  return changed.filter((path) => {
    const clean = posix.normalize(path);
    if (clean === ".." || clean.startsWith("../") || posix.isAbsolute(clean)) return true;
    if (rules.read_only_paths.some((rule) => matches(rule, clean))) return true;
    return (
      rules.mutable_paths.length > 0 && !rules.mutable_paths.some((rule) => matches(rule, clean))
    );
  });
}

function matches(rule: string, path: string): boolean {
  const clean = posix.normalize(rule).replace(/\/$/, "");
  return (
    clean === "." ||
    path === clean ||
    path.startsWith(`${clean}/`) ||
    new Bun.Glob(clean).match(path)
  );
}
