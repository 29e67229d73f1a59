import type { Proposed } from "../../app/iterate.ts";
import { knownLines, paramRows, whyProposed } from "../../reduce/explain-proposal.ts";
import { explainSettledStops, stopLine } from "../../reduce/explain-stops.ts";
import type { Spec } from "../../domain/spec/spec.ts";
import type { Colour } from "../colour.ts";
import { fit, table } from "../table.ts";

interface PageOptions {
  spec: Spec;
  /** Position in this session, from 1, and how many there are. */
  position: number;
  total: number;
  width: number;
  colour: Colour;
}

/** One proposal as a page for people: what is proposed, why, and what is known so far. */
export function proposalPage(
  proposed: Proposed,
  { spec, position, total, width, colour }: PageOptions,
): string[] {
  const { view, params, iteration, tier, strategy } = proposed;
  const best = (Object.hasOwn(view.best_by_tier, tier) ? view.best_by_tier[tier] : null) ?? null;
  const onTier = view.fidelity_tiers.length > 1 ? `, tier ${tier}` : "";
  const inner = width - 4;
  const limits = explainSettledStops(spec, view)
    .filter((row) => row.met || row.near)
    .map((row) => `limit: ${stopLine(row)}`);
  return [
    "",
    colour.bold(
      fit(
        `  [${position}/${total}] Proposed (${strategy}): iteration ${iteration}${onTier}`,
        width,
      ),
    ),
    ...table(paramRows(params, best?.params ?? null), inner).map((line) => `    ${line}`),
    ...wrap(`why: ${whyProposed(proposed)}`, inner).map((line) => `    ${line}`),
    ...[...knownLines(view), ...limits].map((line) => colour.dim(`    ${fit(line, inner)}`)),
  ];
}

/** Words on lines of at most `width`; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "  ";
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
