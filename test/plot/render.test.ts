import { describe, expect, test } from "bun:test";
import { plotSvg, plotText } from "../../src/plot/render.ts";
import { HOSTILE, anyRuns, everyPlot, run, subject } from "./samples.ts";

const CASES = [
  ["no runs", []],
  ["one run", anyRuns(2).slice(1)],
  [
    "only failures",
    anyRuns(15).map((one) => ({ ...one, value: null, outcome: "failed" as const })),
  ],
  ["60 runs", anyRuns(60)],
  ["10,000 runs", anyRuns(10_000)],
] as const;

const plain = (_: unknown, text: string): string => text;

/** Throws unless tags are balanced, attributes are quoted, and text has no bare < or &. */
function checkXml(xml: string): void {
  const open: string[] = [];
  const rest = xml.replaceAll(
    /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g,
    (_, end: string, name: string, _attributes: string, empty: string) => {
      if (end === "/") expect(open.pop()).toBe(name);
      else if (empty === "") open.push(name);
      return "";
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<\p{Cc}](?<!\n)/u);
  expect(xml.replaceAll(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
}

describe.each(CASES)("%s", (_, runs) => {
  const hostile = subject({ experiment: HOSTILE, metric: HOSTILE, tier: HOSTILE });
  const plots = [...everyPlot(runs), ...everyPlot(runs, hostile)];

  test("every SVG is well formed, described, and runs or loads nothing", () => {
    for (const [, plot] of plots) {
      const svg = plotSvg(plot);
      checkXml(svg);
      expect(svg).toStartWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 ');
      expect(svg).toMatch(/role="img"><title>[^<]+<\/title>\n<desc>[^<]+<\/desc>/);
      expect(svg).toContain("@media (prefers-color-scheme:dark)");
      expect(svg).not.toMatch(/<script|<foreignObject|href=|url\(|@import| id=| on\w+=/i);
      expect(svg).not.toMatch(/NaN|Infinity|undefined|null"/);
      expect(svg.length).toBeLessThan(160_000);
    }
  });

  test("every text fits its width and has no control character", () => {
    for (const [name, plot] of plots) {
      for (const width of [1, 20, 37, 80, 200]) {
        for (const line of plotText(plot, { width, paint: plain })) {
          expect(Bun.stringWidth(line), `${name} in ${width}`).toBeLessThanOrEqual(
            Math.max(20, width),
          );
          expect(line).not.toMatch(/[\p{Cc}\u202E]/u);
        }
      }
    }
  });

  test("an empty plot says so", () => {
    if (runs.some(({ value }) => value !== null)) return;
    const said = runs.length === 0 ? "no runs yet" : `none of ${runs.length} runs has a value`;
    for (const [name, plot] of everyPlot(runs)) {
      // A timeline needs no values; shares are given; a contour shows where it failed.
      if (name === "importance" || (runs.length > 0 && /timeline|contour/.test(name))) continue;
      expect(plotSvg(plot), name).toContain(`>${said}</text>`);
      expect(plotText(plot, { width: 80, paint: plain }).join("\n"), name).toContain(said);
    }
  });
});

describe("plotText()", () => {
  const of = (name: string, runs = anyRuns(60)) => {
    const plot = everyPlot(runs).find(([known]) => known === name)?.[1];
    if (plot === undefined) throw new Error(`no plot ${name}`);
    return (paint: Parameters<typeof plotText>[1]["paint"]) => plotText(plot, { width: 60, paint });
  };

  test("draws the best so far as a line that ends at the best", () => {
    const runs = [run(1, 3), run(2, 2), run(3, 1), run(4, null)];
    const lines = of("history", runs)(plain);
    expect(lines[0]).toBe("loss by iteration: best 1 at #3");
    expect(lines.find((line) => line.includes("◆"))).toMatch(/^ *1 ┤ +│? *◆─+$/);
    expect(lines.find((line) => line.startsWith(" ".repeat(5)) && line.includes("×"))).toMatch(
      / ×$/,
    );
    expect(lines.at(-1)).toBe("• a run   ─ best so far   × failed (1)");
  });

  test("draws lengths in proportion, down to an eighth of a character", () => {
    const bars = of("importance")(plain)
      .slice(3)
      .map((line) => line.match(/[█▏▎▍▌▋▊▉]+/)?.[0].length ?? 0);
    expect(bars[0]).toBe(0);
    expect(bars).toEqual(bars.toSorted((a, b) => a - b));
    expect(bars[5]).toBeGreaterThan(4 * (bars[1] ?? 9));
  });

  test("shades a field and writes runs into it as their level", () => {
    const text = of("contour")(plain).join("\n");
    expect(text).toMatch(/[░▒▓]{3}/);
    expect(text).toMatch(/[░▒▓█·][0-9][░▒▓█·]/);
    expect(text).toContain("◆");
  });

  test("uses Braille dots for very many runs", () => {
    expect(of("history", anyRuns(2000))(plain).join("")).toMatch(/[\u2801-\u28FF]{5}/);
  });

  test("paints by tone and paints nothing else", () => {
    const tones = new Set<string>();
    const painted = of("history")((tone, text) => {
      tones.add(tone);
      return `<${tone}>${text}</>`;
    });
    expect(tones).toEqual(new Set(["dim", "value", "best", "failed"]));
    expect(painted.filter((line) => line.includes("<failed>×"))).toHaveLength(2);
    const stripped = painted.map((line) => line.replaceAll(/<[a-z]*>|<\/>/g, ""));
    expect(stripped).toEqual(of("history")(plain));
  });
});

test("plotSvg() keeps the text that was hostile", () => {
  const [[, plot] = [""]] = everyPlot(anyRuns(3), subject({ metric: `a<b>&"c"'d'` }));
  if (plot === undefined) throw new Error("no plot");
  expect(plotSvg(plot)).toContain("<title>a&lt;b&gt;&amp;&quot;c&quot;&#39;d&#39; by iteration");
});
