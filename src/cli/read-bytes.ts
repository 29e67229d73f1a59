import { usageError } from "./failure.ts";

const UNIT: Record<string, number> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes of `500M`, `20G`, `20GiB`: a number alone is bytes. */
export function readBytes(text: string, flag: string, command: string): number {
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  if (count !== undefined) return Math.floor(Number(count) * (UNIT[unit.toUpperCase()] ?? 1));
  throw usageError(`--${flag}: expected a size like 500M or 20G, got '${text}'`, command);
}
