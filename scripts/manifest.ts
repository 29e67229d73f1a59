/**
 * Writes LAB_MANIFEST.json: what labctl can do, for programs that look before they run it. Made from
 * the command tree and the tables it is built on; test/scripts/manifest.test.ts checks that the file
 * in the repository is current. `labctl schema` has the schemas it points to.
 *
 *     bun scripts/manifest.ts
 */
import { join } from "node:path";
import type { Command, CommandEntry } from "../src/cli/command.ts";
import { LABCTL_ENVIRONMENT } from "../src/cli/help.ts";
import { REGISTRY } from "../src/cli/registry.ts";
import { commandSchema } from "../src/cli/schemas/command-schema.ts";
import { ENVIRONMENT_VARIABLES } from "../src/domain/env-contract.ts";
import { EXIT_CODES } from "../src/domain/errors.ts";
import { FIELD_NAMES } from "../src/domain/spec/schema.ts";
import { OVERRIDABLE_FIELDS } from "../src/domain/spec/spec.ts";
import { strategyNames } from "../src/search/registry.ts";

export const MANIFEST_PATH = join(import.meta.dir, "../LAB_MANIFEST.json");

/** The text of LAB_MANIFEST.json. */
export async function manifestText(): Promise<string> {
  const commands: Record<string, object> = {};
  for (const [name, entry] of Object.entries(REGISTRY)) {
    commands[name] = describeCommand((await entry.load()).command, entry);
  }
  const manifest = {
    schema: "labctl/manifest/v1",
    name: "hermes-lab",
    program: "labctl",
    summary: "A file-first lab for long-running experiments: one executable, plain files",
    json: {
      flag: "--json",
      environment: "LAB_JSON=1",
      document: "labctl schema envelope",
      streams: "one JSON object a line before that document",
    },
    exit_codes: Object.entries(EXIT_CODES).map(([code, { exit, meaning }]) => ({
      exit,
      code,
      meaning,
    })),
    commands,
    environment: Object.fromEntries(LABCTL_ENVIRONMENT),
    executor_environment: Object.fromEntries(
      ENVIRONMENT_VARIABLES.map(({ name, doc }) => [name, doc]),
    ),
    spec: {
      schema: "labctl schema spec",
      fields: FIELD_NAMES,
      fields_by_tier: OVERRIDABLE_FIELDS,
      user_fields: "x_*",
    },
    search_space: { schema: "labctl schema search-space" },
    strategies: strategyNames(),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function describeCommand(command: Command, entry: CommandEntry): object {
  const { input, events } = commandSchema(command);
  return {
    summary: entry.summary,
    group: entry.group,
    ...(entry.aliases === undefined ? {} : { aliases: entry.aliases }),
    ...(command.description === undefined ? {} : { description: command.description }),
    input: withoutShared(input),
    schema: `labctl schema ${command.name}`,
    streams: events !== undefined,
    examples: command.examples,
  };
}

/** Flags that every command takes are said once, by any `labctl schema <command>`. */
function withoutShared(input: object): object {
  if (!("properties" in input) || typeof input.properties !== "object") return input;
  const own = Object.entries(input.properties ?? {}).filter(
    ([name]) => !["data-root", "json", "quiet", "help"].includes(name),
  );
  return { ...input, properties: Object.fromEntries(own) };
}

if (import.meta.main) await Bun.write(MANIFEST_PATH, await manifestText());
