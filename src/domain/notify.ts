/** What people can be told of: `on` of a target in `notify`. */
export const NOTIFY_TOPICS = [
  "new-best",
  "plateau",
  "stopped",
  "awaiting-human",
  "failures",
  "void",
] as const;
export type NotifyTopic = (typeof NOTIFY_TOPICS)[number];

/** Somebody to tell: a command that gets JSON on stdin, or an address that gets it by POST. */
export type NotifyTarget = ({ command: string } | { webhook: string }) & {
  /** What it is told of. */
  on: NotifyTopic[];
  timeout_seconds: number;
  /** Sent along to a webhook. */
  headers?: Record<string, string>;
};

/** The original's form is one text, which says how people want to hear of it and tells nobody. */
export type Notify = string | NotifyTarget[];

export const DEFAULT_TIMEOUT_SECONDS = 10;

/** `notify` as one text that can be shown to anybody: addresses and arguments may hold secrets. */
export function notifyText(notify: Notify): string {
  return typeof notify === "string" ? notify : notify.map(targetText).join(", ");
}

/** A target without its secrets: the program of a command, the host of an address. */
export function targetText(target: NotifyTarget): string {
  if ("command" in target) return `command ${target.command.trim().split(/\s+/)[0] ?? ""}`;
  return `webhook ${redactUrl(target.webhook)}`;
}

/** `https://host/...`: the path and the query of a webhook are its password. */
export function redactUrl(url: string): string {
  const [, origin, rest = ""] = /^([a-z]+:\/\/)(?:[^/@\s]*@)?([^/?#\s]*)/i.exec(url) ?? [];
  if (origin === undefined) return url.startsWith("$") ? url : "(an address)";
  return `${origin}${rest}/...`;
}
