import { refused } from "../refuse.ts";
import type { ServerLimits } from "./limits.ts";

/** How many requests are in progress, of everybody and of each. */
export interface Tally {
  /** Throws when it would be one too many; call what it returns when the request has ended. */
  enter(who: string, isLarge: boolean): () => void;
}

export function createTally(
  limits: Pick<ServerLimits, "requests" | "requests_each" | "uploads">,
): Tally {
  const each = new Map<string, number>();
  let all = 0;
  let large = 0;

  return {
    enter(who, isLarge) {
      const mine = each.get(who) ?? 0;
      if (mine >= limits.requests_each) {
        throw refused(429, "try-later", "too many requests of one sender at once", {
          retry_after_s: 1,
        });
      }
      if (all >= limits.requests) {
        throw refused(503, "try-later", "too many requests at once", { retry_after_s: 1 });
      }
      if (isLarge && large >= limits.uploads) {
        throw refused(503, "try-later", "too many uploads at once", { retry_after_s: 1 });
      }
      each.set(who, mine + 1);
      all += 1;
      if (isLarge) large += 1;
      return () => {
        const left = (each.get(who) ?? 1) - 1;
        if (left === 0) each.delete(who);
        else each.set(who, left);
        all -= 1;
        if (isLarge) large -= 1;
      };
    },
  };
}
