/**
 * `bun scripts/record.ts`: runs the README's first commands with dist/labctl in an empty folder and
 * draws the terminal they produced as docs/demo.svg. Nothing in the picture is typed by hand.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const COMMANDS = [
  ["init"],
  ["create", "examples/tune-classifier/spec.yaml"],
  ["burst", "tune-classifier", "--strategy", "perturb", "-n", "12", "-j", "2"],
  ["status"],
];
const COLUMNS = 118;

const root = resolve(import.meta.dir, "..");
const folder = mkdtempSync(join(tmpdir(), "labctl-record-"));
try {
  const lines: { text: string; prompt: boolean }[] = [];
  for (const args of COMMANDS) {
    lines.push({ text: `$ labctl ${args.join(" ")}`, prompt: true });
    const run = Bun.spawnSync([join(root, "dist/labctl"), ...args], {
      cwd: root,
      env: { ...process.env, HERMES_LAB_DATA_ROOT: join(folder, "lab-data"), NO_COLOR: "1" },
    });
    if (run.exitCode !== 0) throw new Error(run.stderr.toString());
    for (const text of run.stdout.toString().trimEnd().split("\n")) {
      const shown = text.replaceAll(join(folder, "lab-data"), "./lab-data");
      lines.push({ text: shown.slice(0, COLUMNS), prompt: false });
    }
  }
  await Bun.write(join(root, "docs/demo.svg"), svg(lines));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function svg(lines: { text: string; prompt: boolean }[]): string {
  const lineHeight = 18;
  const width = COLUMNS * 7.85 + 32;
  const height = lines.length * lineHeight + 36;
  const rows = lines.map(({ text, prompt }, index) => {
    const fill = prompt ? "#7ee787" : text.includes("✓") ? "#e6edf3" : "#9da7b3";
    const y = 30 + index * lineHeight;
    return `<text x="16" y="${y}" fill="${fill}" xml:space="preserve">${escaped(text)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
