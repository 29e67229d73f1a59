import type { EndedPackage, QueueState } from "./state.ts";
import { forgetIfEmpty, unlink } from "./watch.ts";

/** So many packages that ended are remembered: about 300 bytes each. */
export const REMEMBERED = 20_000;

/**
 * Remembers how a package ended, and forgets the oldest one when they are too many. Their order is a
 * list of its own: the first entry of a Map whose first entries are deleted all the time takes the
 * time of all those that were.
 */
export function remember(state: QueueState, ended: EndedPackage): void {
  state.ended.set(ended.id, ended);
  state.endedIds.push(ended.id);
  if (state.ended.size <= REMEMBERED) return;
  const oldest = state.ended.get(state.endedIds[state.endedHead] ?? "");
  state.endedHead += 1;
  if (state.endedHead > REMEMBERED) {
    state.endedIds = state.endedIds.slice(state.endedHead);
    state.endedHead = 0;
  }
  if (oldest === undefined) return;
  state.ended.delete(oldest.id);
  unlink(state, oldest.watched);
  forgetIfEmpty(state, oldest.watched.experiment);
}
