import { LabError } from "../domain/errors.ts";

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `1h`, `7d` in seconds; throws LabError usage, which names `flag`. */
export function parseDuration(text: string, flag: string): number {
  const [, digits, unit] = /^(\d{1,6}(?:\.\d+)?)([smhd])$/.exec(text.trim()) ?? [];
  const seconds = Number(digits) * (UNITS[unit ?? ""] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new LabError("usage", `--${flag}: expected a time such as 30m, 1h or 7d, got '${text}'`, {
    hint: "use s, m, h or d",
  });
}
