import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { systemCode } from "../../domain/errors.ts";

const TAIL_BYTES = 2000;
/** Slurm's own remarks say less than what the program wrote before it ended. */
const REMARK = /^slurmstepd/;

/** The last line of a job's output, at most 300 characters; "" when there is none to read. */
export function lastWords(path: string | null): string {
  if (path === null) return "";
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // Logs may be words rather than a path, or on the node alone.
    if (systemCode(error) === "") throw error;
    return "";
  }
  try {
    const { size } = fstatSync(fd);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const read = readSync(fd, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString("utf8", 0, read).split("\n");
    const said = lines.filter((line) => line.trim() !== "" && !REMARK.test(line));
    return (said.at(-1) ?? "").trim().slice(0, 300);
  } finally {
    closeSync(fd);
  }
}
