import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { lazily } from "../../domain/lazily.ts";
import { readText } from "../../store/read-text.ts";

/** Those that somebody asks for; the others come with a worker or an attempt. */
export const ISSUED_SCOPES = ["join", "read", "submit", "admin"] as const;
export type IssuedScope = (typeof ISSUED_SCOPES)[number];

const TokenRecordSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    id: v.string(),
    scope: v.picklist(ISSUED_SCOPES),
    name: v.string(),
    created_at: v.string(),
    expires_at: v.nullable(v.string()),
    sha256: v.string(),
  }),
);

/** `<id>.json` */
export type TokenRecord = v.InferOutput<ReturnType<typeof TokenRecordSchema>>;

const TokenUseSchema = lazily(() =>
  v.object({
    schema_version: v.literal(1),
    worker: v.string(),
    key_sha256: v.string(),
    token_sha256: v.string(),
    used_at: v.string(),
  }),
);

/** `<id>.used`: a worker joined by it. */
export type TokenUse = v.InferOutput<ReturnType<typeof TokenUseSchema>>;

/** What may be shown of a token. */
export type TokenInfo = Omit<TokenRecord, "sha256" | "schema_version"> & {
  /** Who joined by it; null when nobody did. */
  worker: string | null;
  revoked: boolean;
};

export function parseRecord(text: string | null): TokenRecord | null {
  return parse(TokenRecordSchema(), text);
}

export function parseUse(text: string | null): TokenUse | null {
  return parse(TokenUseSchema(), text);
}

/** Ids of the tokens by which workers joined, by the worker's name. */
export function joinedWorkers(folder: string): Map<string, string> {
  const workers = new Map<string, string>();
  for (const id of idsIn(folder, ".used")) {
    const use = parseUse(readText(join(folder, `${id}.used`)));
    if (use !== null) workers.set(use.worker, id);
  }
  return workers;
}

/** All tokens that were made here, oldest first. */
export function listTokens(folder: string): TokenInfo[] {
  return idsIn(folder, ".json")
    .flatMap((id): TokenInfo[] => {
      const record = parseRecord(readText(join(folder, `${id}.json`)));
      if (record === null) return [];
      const { scope, name, created_at, expires_at } = record;
      const use = parseUse(readText(join(folder, `${id}.used`)));
      const revoked = existsSync(join(folder, `${id}.revoked`));
      return [{ id, scope, name, created_at, expires_at, worker: use?.worker ?? null, revoked }];
    })
    .sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

function idsIn(folder: string, ending: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.startsWith("."))
    .map((name) => name.slice(0, -ending.length));
}

function parse<S extends v.GenericSchema>(schema: S, text: string | null): v.InferOutput<S> | null {
  if (text === null) return null;
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}
