/**
 * Changes one number in src/sort.ts, a different one in each run. It stands in for whatever
 * proposes changes to your code: a script, a code generator, an agent.
 */
import { readFileSync, writeFileSync } from "node:fs";

const iteration = Number(process.env.LAB_RUN_ITERATION ?? 1);
const cutoff = 2 + ((iteration * 5) % 41);

const source = readFileSync("src/sort.ts", "utf8");
writeFileSync("src/sort.ts", source.replace(/CUTOFF = \d+/, `CUTOFF = ${cutoff}`));
console.log(`CUTOFF = ${cutoff}`);
