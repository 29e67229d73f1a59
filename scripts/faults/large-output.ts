/**
 * Runs an executor that prints a gigabyte to each of stdout and stderr, and says what it left:
 *
 *     bun scripts/faults/large-output.ts [--bytes 1000000000]
 *
 * LABCTL_BIN names the executable; without it labctl runs from source.
 */
import { parseArgs } from "node:util";
import { boundedOutput } from "../../test/faults/large-output.ts";

const { values } = parseArgs({ options: { bytes: { type: "string", default: "1000000000" } } });
const started = performance.now();
const { bundle_bytes, peak_bytes, run } = await boundedOutput(Number(values.bytes));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`2 x ${mb(Number(values.bytes))}: ${run?.outcome} ${run?.value} in ${seconds} s`);
console.log(`bundle: ${mb(bundle_bytes)}, most on disk meanwhile: ${mb(peak_bytes)}`);
process.exitCode = run?.value === 4 && bundle_bytes < 3_000_000 ? 0 : 1;
