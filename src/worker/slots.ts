import type { Needs } from "../domain/dispatch/run-package.ts";

/**
 * What a worker has room for. Each attempt has a slot, and GPUs that nobody else has: as many as its
 * package needs, and one where there are enough for every slot, also when the package asks for none.
 */
export interface Slots {
  free(): { slots: number; gpus: number };
  /** The ids of its GPUs; null when there is no room. */
  take(needs: Needs): string[] | null;
  /** For an attempt that was there before: what it had. */
  takeAgain(gpus: readonly string[]): void;
  giveBack(gpus: readonly string[]): void;
}

export function createSlots(count: number, gpus: readonly string[]): Slots {
  let used = 0;
  const taken = new Set<string>();
  const hasOneEach = count <= gpus.length;
  const free = (): string[] => gpus.filter((gpu) => !taken.has(gpu));
  return {
    free() {
      const left = free().length;
      const slots = Math.max(0, count - used);
      return { slots: hasOneEach ? Math.min(slots, left) : slots, gpus: left };
    },
    take(needs) {
      const left = free();
      const wanted = needs.gpus === 0 && hasOneEach ? 1 : needs.gpus;
      if (used >= count || left.length < wanted) return null;
      const ids = left.slice(0, wanted);
      used += 1;
      for (const id of ids) taken.add(id);
      return ids;
    },
    takeAgain(ids) {
      used += 1;
      for (const id of ids) taken.add(id);
    },
    giveBack(ids) {
      used -= 1;
      for (const id of ids) taken.delete(id);
    },
  };
}
