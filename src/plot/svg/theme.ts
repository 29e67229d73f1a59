import { LEVELS } from "../levels.ts";

/** Colours by class name. Worse levels are nearer to the background, so the best stand out. */
interface Theme {
  background: string;
  text: string;
  muted: string;
  grid: string;
  value: string;
  best: string;
  failed: string;
  pruned: string;
  other: string;
  /** The levels run evenly from the first to the last of these. */
  ramp: readonly Rgb[];
}

type Rgb = readonly [number, number, number];

const LIGHT: Theme = {
  background: "#ffffff",
  text: "#1f2328",
  muted: "#59636e",
  grid: "#e4e8ec",
  value: "#2f6fb5",
  best: "#c2410c",
  failed: "#c81e3a",
  pruned: "#8250df",
  other: "#8c959f",
  ramp: [
    [200, 213, 226],
    [96, 160, 200],
    [9, 54, 112],
  ],
};

const DARK: Theme = {
  background: "#0d1117",
  text: "#e6edf3",
  muted: "#9198a1",
  grid: "#262c34",
  value: "#5aa2ef",
  best: "#ffa657",
  failed: "#ff7b72",
  pruned: "#d2a8ff",
  other: "#7d8590",
  ramp: [
    [32, 42, 56],
    [43, 106, 160],
    [176, 225, 255],
  ],
};

/** The style sheet of a plot: light, and dark where the reader prefers it. */
export function styleSheet(): string {
  return [
    "text{font:12px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}",
    ".title{font-size:15px;font-weight:600}",
    ".dot{fill:currentColor;stroke:none}",
    ".dots{fill:none;stroke:currentColor;stroke-width:5;stroke-linecap:round}",
    ".line{fill:none;stroke:currentColor}",
    ".soft{opacity:.75}",
    ".field{opacity:.55}",
    colours(LIGHT),
    `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
  ].join("\n");
}

function colours(theme: Theme): string {
  const tones = (["value", "best", "failed", "pruned", "other"] as const).map(
    (tone) => `.${tone}{color:${theme[tone]}}`,
  );
  const levels = Array.from(
    { length: LEVELS },
    (_, level) => `.l${level}{color:${mix(theme.ramp, level / (LEVELS - 1))}}`,
  );
  return [
    `.paper{fill:${theme.background}}`,
    `text{fill:${theme.text}}`,
    `.muted{fill:${theme.muted}}`,
    `.grid{stroke:${theme.grid}}`,
    `.axis{stroke:${theme.muted}}`,
    `.halo{stroke:${theme.background}}`,
    `.rim{stroke:${theme.text};stroke-width:.6}`,
    ...tones,
    ...levels,
  ].join("");
}

function mix(ramp: readonly Rgb[], share: number): string {
  const place = share * (ramp.length - 1);
  const index = Math.min(Math.floor(place), ramp.length - 2);
  const from = ramp[index] ?? [0, 0, 0];
  const to = ramp[index + 1] ?? from;
  const hex = from.map((part, i) => {
    const value = Math.round(part + ((to[i] ?? part) - part) * (place - index));
    return value.toString(16).padStart(2, "0");
  });
  return `#${hex.join("")}`;
}
