import { join } from "node:path";
import { tagOf } from "../tags.ts";
import { namesIn } from "../../store/names-in.ts";

/** The file in `folder` that the job of `tag` writes its output to; null when there is none. */
export function jobLog(folder: string, tag: string): string | null {
  const name = namesIn(folder).find((one) => tagOfLog(one) === tag);
  return name === undefined ? null : join(folder, name);
}

/** `<tag>.out`, or `<name of an array>.<index>.out`. */
function tagOfLog(name: string): string | null {
  const match = /^(.+?)(?:\.(\d+))?\.out$/.exec(name);
  if (match === null) return null;
  return tagOf(match[1] ?? "", match[2] === undefined ? null : Number(match[2]));
}
