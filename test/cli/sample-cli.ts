// labctl with the sample commands, as a program.
import { processIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/main.ts";
import { makeLab } from "./sample-lab.ts";
import { SAMPLES } from "./sample-registry.ts";

process.exitCode = await runCli(Bun.argv.slice(2), await processIo(), makeLab, SAMPLES);
