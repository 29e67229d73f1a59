/** Memory that several share: whoever wants some waits in line until there is enough. */
export interface Room {
  /** More than there ever is counts as all of it. */
  take(bytes: number): Promise<void>;
  /** As much as was taken. */
  give(bytes: number): void;
}

export function createRoom(total: number): Room {
  const line: { bytes: number; enter: () => void }[] = [];
  let free = total;

  function admit(): void {
    for (let next = line[0]; next !== undefined && next.bytes <= free; next = line[0]) {
      line.shift();
      free -= next.bytes;
      next.enter();
    }
  }

  return {
    take(bytes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      line.push({ bytes: Math.min(bytes, total), enter: resolve });
      admit();
      return promise;
    },
    give(bytes) {
      free += Math.min(bytes, total);
      admit();
    },
  };
}
