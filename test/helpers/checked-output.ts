import * as v from "valibot";
import { ENVELOPE } from "../../src/cli/schemas/envelope.ts";
import { OUTPUTS, STREAMS } from "../../src/cli/schemas/outputs.ts";

/**
 * Throws when what labctl printed under --json is not what `labctl schema` promises. Text that is
 * no envelope of ours (a person's output, the replies of ask-tell) passes.
 */
export function checkOutput(stdout: string): void {
  const lines = stdout.trimEnd().split("\n");
  const envelope = parsed(lines.at(-1) ?? "");
  if (typeof envelope?.schema !== "string" || !envelope.schema.startsWith("labctl/")) return;
  check(ENVELOPE, envelope, "the document");
  const command = String(envelope.command);
  // Some failures show what there was all the same; others have no data.
  const output = OUTPUTS.get(command);
  if (envelope.data !== undefined) {
    if (output === undefined) throw new Error(`${command} has no output schema`);
    check(output, envelope.data, `data of ${command}`);
  }
  const events = STREAMS.get(command);
  for (const line of lines.slice(0, -1)) {
    if (events !== undefined) check(events, JSON.parse(line), `a line of ${command}`);
    else if (command !== "ask-tell")
      throw new Error(`${command} streams without a schema: ${line}`);
  }
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : null;
  } catch {
    return null;
  }
}

function check(schema: v.GenericSchema, value: unknown, what: string): void {
  const { issues, success } = v.safeParse(schema, value);
  if (success) return;
  const problems = issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  throw new Error(`${what} is not as its schema says: ${problems.join("; ")}`);
}
