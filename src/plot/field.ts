import type { Dot, Field } from "./figure.ts";
import { LEVELS, toLevel } from "./levels.ts";
import { thin } from "./thin.ts";

const CELLS = 32;

/**
 * Levels between dots by kernel regression (Nadaraya-Watson) with Scott's bandwidth for the unit
 * square. An axis of slots has one cell a slot, and dots of other slots do not count in it. Null
 * when there are too few dots.
 */
export function levelField(
  all: readonly Dot[],
  slotsAcross: number | null,
  slotsUp: number | null,
): Field | null {
  const dots = thin(all, 2000);
  if (dots.length < 5) return null;
  const columns = slotsAcross ?? CELLS;
  const rows = slotsUp ?? CELLS;
  const bandwidth = 0.29 * dots.length ** (-1 / 6);
  const levels = Array.from({ length: columns * rows }, (_, cell) => {
    const x = ((cell % columns) + 0.5) / columns;
    const y = (Math.floor(cell / columns) + 0.5) / rows;
    let weights = 0;
    let sum = 0;
    for (const dot of dots) {
      const dx = offset(dot.x - x, slotsAcross);
      const dy = offset(dot.y - y, slotsUp);
      const weight = Math.exp(-(dx * dx + dy * dy) / (2 * bandwidth * bandwidth));
      weights += weight;
      sum += weight * (((dot.level ?? 0) + 0.5) / LEVELS);
    }
    // Less than one dot at 1.3 bandwidths: nobody has looked here.
    return weights < 0.43 ? null : toLevel(sum / weights);
  });
  return { columns, rows, levels };
}

function offset(distance: number, slots: number | null): number {
  if (slots === null) return distance;
  return Math.abs(distance) * slots <= 0.5 ? 0 : Infinity;
}
