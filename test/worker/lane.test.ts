import { expect, test } from "bun:test";
import { createLane } from "../../src/worker/lane.ts";

test("a lane runs so many at once, the others in order, whatever fails", async () => {
  const lane = createLane(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const task = (number: number) =>
    lane(async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(number);
      await Bun.sleep(0);
      running -= 1;
      if (number % 3 === 0) throw new Error("no");
      return number;
    });
  const ends = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(task));
  expect(ends.map(({ status }) => status === "fulfilled")).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(await task(8)).toBe(8);
});
