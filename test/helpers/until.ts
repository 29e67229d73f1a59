/** Waits until `condition` holds; fails the test when it does not come to hold. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = "the condition",
): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what} did not come to hold`);
    await Bun.sleep(5);
  }
}
