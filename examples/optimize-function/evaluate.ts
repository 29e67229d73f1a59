/**
 * Scores the point in train_config.json on the Rosenbrock valley (1 - x)^2 + 100 (y - x^2)^2 and
 * writes metrics.json. The score is the negated height: higher is better, 0 at (1, 1) is the best.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = "train_config.json";
const point: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
const x = coordinate("x");
const y = coordinate("y");

const height = (1 - x) ** 2 + 100 * (y - x ** 2) ** 2;
// Not -height, which is -0 at the optimum.
const score = 0 - height;
writeFileSync("metrics.json", `${JSON.stringify({ score, height, x, y }, null, 2)}\n`);
console.log(`The valley is ${height.toFixed(6)} high at (${x.toFixed(4)}, ${y.toFixed(4)}).`);

function coordinate(name: "x" | "y"): number {
  const value = point[name];
  if (typeof value === "number") return value;
  throw new Error(`${file}: ${name} must be a number: got ${JSON.stringify(value)}`);
}
