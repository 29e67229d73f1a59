/**
 * A job is known by its tag, `lab-<lab>-<engine>-<n>`, which is the name its scheduler has for it.
 * Several jobs of one submission are an array that is named `<first tag>x<count>`; element i is tag n + i.
 */

/** Name of an array of `count` jobs whose tags count up from `first`. */
export function arrayTag(first: string, count: number): string {
  return `${first}x${count}`;
}

/** The tag after `steps` others; null when `tag` does not end in a number. */
export function nextTag(tag: string, steps: number): string | null {
  const match = /^(.*-)(\d+)$/.exec(tag);
  return match === null ? null : `${match[1]}${Number(match[2]) + steps}`;
}

/** The tag of a job that is called `name`, with its index in an array or null. */
export function tagOf(name: string, index: number | null): string | null {
  const match = /^(.*-\d+)x\d+$/.exec(name);
  if (match === null) return /-\d+$/.test(name) ? name : null;
  return index === null ? null : nextTag(match[1] ?? "", index);
}
