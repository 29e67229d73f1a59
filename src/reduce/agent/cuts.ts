import { block, cut, oneLine } from "../markdown.ts";

/** Something that was shortened, and where all of it is. */
export interface Cut {
  what: string;
  shown: number;
  of: number;
  unit: "characters" | "entries";
  more: string;
}

/** Shortens texts and lists, and keeps account of each. */
export interface Cutter {
  /** One line of at most about `limit` characters. */
  text(what: string, value: string, limit: number, more: string): string;
  /** As `text`, with its lines kept. */
  lines(what: string, value: string, limit: number, more: string): string;
  /** The first of a list, as many as fit. */
  list<T>(what: string, items: readonly T[], limit: number, more: string): T[];
  /** Each thing that was shortened, once. */
  cuts(): Cut[];
}

/** `scale` below 1 shrinks all limits alike; no text gets shorter than a few words, no list empty. */
export function createCutter(scale: number): Cutter {
  const found = new Map<string, Cut>();
  const scaled = (limit: number, least: number): number =>
    Math.max(Math.min(limit, least), Math.floor(limit * scale));
  function account(entry: Cut): void {
    const known = found.get(entry.what);
    if (known === undefined || entry.of - entry.shown > known.of - known.shown) {
      found.set(entry.what, entry);
    }
  }
  function text(
    { what, value, most, more }: { what: string; value: string; most: number; more: string },
    clean: (part: string) => string,
  ): string {
    // Of a very long text only what may be shown is looked at.
    const part = value.slice(0, 2 * most + 100);
    const cleaned = clean(part);
    const whole = part.length === value.length;
    if (whole && cleaned.length <= most) return cleaned;
    const of = whole ? cleaned.length : value.length;
    account({ what, shown: most, of, unit: "characters", more });
    return cleaned.length > most ? cut(cleaned, most) : `${cleaned}...`;
  }
  return {
    text: (what, value, limit, more) =>
      text({ what, value, most: scaled(limit, 40), more }, oneLine),
    lines: (what, value, limit, more) =>
      text({ what, value, most: scaled(limit, 40), more }, block),
    list(what, items, limit, more) {
      const most = scaled(limit, 1);
      if (items.length > most) {
        account({ what, shown: most, of: items.length, unit: "entries", more });
      }
      return items.slice(0, most);
    },
    cuts: () => [...found.values()],
  };
}
