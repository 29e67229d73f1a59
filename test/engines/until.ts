/** Waits for `look` to find something; how long is up to the test's own time limit. */
export async function until<T>(look: () => T | null | Promise<T | null>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    await Bun.sleep(20);
  }
}
