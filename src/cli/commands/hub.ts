import { join } from "node:path";
import { assertDataRoot } from "../../app/session.ts";
import { formatJoinString } from "../../domain/dispatch/join-string.ts";
import { LabError } from "../../domain/errors.ts";
import { isoTime } from "../../domain/time.ts";
import { ISSUED_SCOPES } from "../../hub/access/token-files.ts";
import { collectBlobs } from "../../hub/blobs/collect.ts";
import { openUploads } from "../../hub/blobs/uploads.ts";
import { readEndpoint } from "../../hub/endpoint.ts";
import { JOIN_EXPIRES_S, openTokens, type Tokens } from "../../hub/tokens.ts";
import { openBlobs } from "../../store/blobs.ts";
import { layoutOf, type Layout } from "../../store/layout.ts";
import { defineCommand, type CommandContext, type CommandResult } from "../command.ts";
import { usageError } from "../failure.ts";
import { parseDuration } from "../parse-duration.ts";
import { lineWidth, table } from "../table.ts";

const ACTIONS = ["token", "tokens", "revoke", "gc"] as const;

export const command = defineCommand({
  name: "hub",
  description:
    "`token` makes a token for the hub of this data root and says it once; one of scope join comes as the line that `labctl worker` takes, and is good for one worker. `tokens` lists them without their secrets, `revoke` ends one, and the worker that joined by it. `gc` removes content that nobody needs. All of it works with and without a running hub.",
  examples: [
    { command: "labctl hub token --scope join", why: "let one more worker in" },
    { command: "labctl hub token --scope read --name dashboard --expires 30d", why: "for looking" },
    { command: "labctl hub revoke 3f2a9c01b7d4", why: "from now on it is refused" },
  ],
  flags: {
    scope: {
      type: "string",
      options: ISSUED_SCOPES,
      default: "join",
      description: "What the token may do",
    },
    name: { type: "string", default: "", description: "What `labctl hub tokens` shows it as" },
    expires: {
      type: "string",
      valueHint: "TIME",
      description: "How long it is good: 30m, 1h, 7d; 1h for join, else for good",
    },
  },
  positionals: {
    action: { description: "What to do", options: ACTIONS },
    token: { description: "For revoke: its id", optional: true, valueHint: "TOKEN" },
  },
  async run(context, args): Promise<CommandResult> {
    const { lab } = context;
    if ((args.action === "revoke") !== (args.token !== undefined)) {
      throw usageError("revoke, and revoke alone, takes the id of a token", "hub");
    }
    assertDataRoot(lab.root);
    const layout = layoutOf(lab.root);
    const tokens = (): Tokens => openTokens(layout.hub, lab);
    switch (args.action) {
      case "token": {
        const { scope, name, expires } = args;
        const standard = scope === "join" ? JOIN_EXPIRES_S : undefined;
        const expires_s = expires === undefined ? standard : parseDuration(expires, "expires");
        return issue(context, layout, tokens(), { scope, name, expires_s });
      }
      case "tokens":
        return list(context, tokens());
      case "revoke":
        return revoke(tokens(), args.token ?? "");
      case "gc":
        return await collect(context, layout);
      default:
        return args.action satisfies never;
    }
  },
});

type Request = Pick<Parameters<Tokens["issue"]>[0], "scope" | "name"> & {
  expires_s: number | undefined;
};

function issue(
  { out }: CommandContext,
  layout: Layout,
  tokens: Tokens,
  { scope, name = "", expires_s }: Request,
): CommandResult {
  const { id, token } = tokens.issue({
    scope,
    name,
    ...(expires_s === undefined ? {} : { expires_s }),
  });
  const expires_at = tokens.list().find((known) => known.id === id)?.expires_at ?? null;
  const hub = readEndpoint(layout.hub);
  const line = scope === "join" && hub !== null ? formatJoinString({ ...hub.join, token }) : null;
  if (scope === "join" && hub === null) {
    out.warn("no hub is running here: `labctl serve` shows the address that goes with this token");
  }
  return {
    data: { action: "token", id, scope, name, expires_at, token, join: line },
    human: [line ?? token],
    next:
      join === null
        ? []
        : [{ command: "labctl worker '<that line>'", why: "on the other machine" }],
  };
}

function list({ io, lab }: CommandContext, tokens: Tokens): CommandResult {
  const all = tokens.list();
  const now = isoTime(lab.clock.now());
  const good = all.filter(({ worker, expires_at, revoked }) => {
    return !revoked && (worker !== null || expires_at === null || expires_at > now);
  });
  const rows = good.map(({ id, scope, name, worker, expires_at }) => [
    id,
    worker === null ? scope : "worker",
    worker ?? name,
    worker === null && expires_at !== null ? expires_at : "for good",
  ]);
  const rest = all.length - good.length;
  return {
    data: { action: "tokens", tokens: all },
    human: [
      ...(rows.length === 0
        ? ["No tokens"]
        : table([["id", "scope", "name", "good until"], ...rows], lineWidth(io.stdout))),
      ...(rest === 0 ? [] : [`and ${rest} that expired or were revoked (--json shows them)`]),
    ],
  };
}

function revoke(tokens: Tokens, id: string): CommandResult {
  const known = tokens.list().find((token) => token.id === id);
  if (known === undefined || !tokens.revoke(id)) {
    throw new LabError("not-found", `no token ${JSON.stringify(id.slice(0, 100))}`, {
      hint: "`labctl hub tokens` lists them",
    });
  }
  const { worker } = known;
  return {
    data: { action: "revoke", id, worker },
    human: [`revoked ${id}${worker === null ? "" : `, and worker ${worker}`}`],
  };
}

async function collect({ lab }: CommandContext, layout: Layout): Promise<CommandResult> {
  const collected = await collectBlobs(layout, lab.clock.now());
  const blobs = openBlobs(layout.blobs);
  const uploads = openUploads(join(layout.hub, "uploads"), blobs, lab).sweep();
  const { removed, freed_bytes, kept, kept_bytes } = collected;
  return {
    data: { action: "gc", ...collected, uploads },
    human: [
      `removed ${removed} blobs (${mib(freed_bytes)}) and ${uploads} uploads, kept ${kept} blobs (${mib(kept_bytes)})`,
    ],
  };
}

function mib(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
