import type { Identity } from "./route.ts";

/** Whoever makes a request, as one text: the same for all requests with that token. */
export function whoIs(identity: Identity): string {
  switch (identity.scope) {
    case "anybody":
      return "anybody";
    case "worker":
      return `worker ${identity.worker}`;
    case "attempt":
      return `attempt ${identity.attempt}`;
    case "admin":
    case "submit":
    case "read":
    case "join":
      return `${identity.scope} ${identity.id}`;
    default:
      return identity satisfies never;
  }
}
