import { refused } from "../refuse.ts";
import type { ServerLimits } from "./limits.ts";

/** How many requests are in progress, and how much memory their bodies may need, of all and of each. */
export interface Tally {
  /** Throws when it would be too much; call what it returns when the request has ended. */
  enter(who: string, body_bytes: number): () => void;
}

interface Share {
  requests: number;
  body_bytes: number;
}

export function createTally(
  limits: Pick<ServerLimits, "requests" | "requests_each" | "body_bytes" | "body_bytes_each">,
): Tally {
  const each = new Map<string, Share>();
  const all: Share = { requests: 0, body_bytes: 0 };

  return {
    enter(who, body_bytes) {
      const mine = each.get(who) ?? { requests: 0, body_bytes: 0 };
      const { requests_each, body_bytes_each } = limits;
      if (mine.requests >= requests_each || mine.body_bytes + body_bytes > body_bytes_each) {
        throw tooMany(429, "of one sender");
      }
      if (all.requests >= limits.requests || all.body_bytes + body_bytes > limits.body_bytes) {
        throw tooMany(503, "of everybody");
      }
      each.set(who, mine);
      add(mine, 1, body_bytes);
      add(all, 1, body_bytes);
      return () => {
        add(mine, -1, -body_bytes);
        add(all, -1, -body_bytes);
        if (mine.requests === 0) each.delete(who);
      };
    },
  };
}

function add(share: Share, requests: number, body_bytes: number): void {
  share.requests += requests;
  share.body_bytes += body_bytes;
}

function tooMany(status: number, whose: string): Error {
  return refused(status, "try-later", `too much at once ${whose}`, { retry_after_s: 1 });
}
