import { clip } from "../markdown.ts";

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
  function account(cut: Cut): void {
    const known = found.get(cut.what);
    if (known === undefined || cut.of - cut.shown > known.of - known.shown) {
      found.set(cut.what, cut);
    }
  }
  return {
    text(what, value, limit, more) {
      const line = clip(value, Number.POSITIVE_INFINITY);
      const most = scaled(limit, 40);
      if (line.length <= most) return line;
      account({ what, shown: most, of: line.length, unit: "characters", more });
      return clip(line, most);
    },
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
