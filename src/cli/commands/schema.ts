import { LabError } from "../../domain/errors.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import { SPACE_SCHEMA } from "../../domain/space/json-schema.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { commandSchema } from "../schemas/command-schema.ts";
import { ENVELOPE } from "../schemas/envelope.ts";
import { jsonSchema, type JsonSchema } from "../schemas/json-schema.ts";
import { specSchema } from "../schemas/spec-schema.ts";

/** Schemas that belong to no command. */
const DOCUMENTS: Record<string, () => JsonSchema> = {
  spec: specSchema,
  "search-space": () => SPACE_SCHEMA,
  envelope: () => jsonSchema(ENVELOPE),
};

export const command = defineCommand({
  name: "schema",
  description: `Prints JSON Schema (draft 2020-12): of a command's arguments, of \`data\` in its --json document and of the lines it streams; of SPEC.yaml (spec), search_space.json (search-space), or the document around every command's data (envelope). Without a name: all of them.`,
  examples: [
    { command: "labctl schema ask", why: "what ask takes and answers" },
    { command: "labctl schema search-space > space.schema.json", why: "for an editor" },
    { command: "labctl schema", why: "everything, as one document" },
  ],
  flags: {},
  positionals: {
    name: {
      description: `A command, or one of: ${Object.keys(DOCUMENTS).join(", ")}`,
      optional: true,
    },
  },
  async run(context, { name }) {
    const schema = name === undefined ? await allSchemas(context) : await oneSchema(context, name);
    return {
      data: { name: name ?? null, schema },
      human: [JSON.stringify(schema, null, 2)],
    };
  },
});

async function oneSchema({ registry }: CommandContext, name: string): Promise<object> {
  const document = Object.hasOwn(DOCUMENTS, name) ? DOCUMENTS[name] : undefined;
  if (document !== undefined) return document();
  const entry = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (entry !== undefined) return commandSchema((await entry.load()).command);
  const known = [...Object.keys(DOCUMENTS), ...Object.keys(registry)];
  throw new LabError("usage", `no schema of '${name}'${didYouMean(name, known)}`, {
    hint: `name a command (labctl --help lists them), or ${Object.keys(DOCUMENTS).join(", ")}`,
  });
}

async function allSchemas({ registry }: CommandContext): Promise<object> {
  const commands: [string, object][] = [];
  for (const [name, entry] of Object.entries(registry)) {
    commands.push([name, commandSchema((await entry.load()).command)]);
  }
  return {
    commands: Object.fromEntries(commands),
    ...Object.fromEntries(Object.entries(DOCUMENTS).map(([name, make]) => [name, make()])),
  };
}
