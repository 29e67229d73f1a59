import { usageError } from "./failure.ts";

const UNIT_S: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST_S = 366 * 86_400;

/** Milliseconds of `90`, `90s`, `5m`, `1h30m`, `2d`: a number alone is seconds. */
export function readDuration(text: string, flag: string, command: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhd]?)/g)];
  const isWhole = parts.map(([part]) => part).join("") === text;
  const seconds = parts.reduce((sum, [, count, unit]) => {
    return sum + Number(count) * (UNIT_S[unit || "s"] ?? 0);
  }, 0);
  if (parts.length > 0 && isWhole && seconds <= LONGEST_S) return seconds * 1000;
  throw usageError(`--${flag}: expected a time like 90, 5m or 1h30m, got '${text}'`, command);
}
