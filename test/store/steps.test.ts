import { expect, test } from "bun:test";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { atOnce, inTurns, type Steps } from "../../src/store/steps.ts";
import { tempDir } from "../helpers/temp.ts";

test("steps come to the same, at once and in turns", async () => {
  using dir = tempDir();
  const path = join(dir.path, "file");
  writeFileSync(path, "content");
  function* steps(): Steps<string> {
    const fd = openSync(path, "r");
    try {
      yield "turn";
      yield { sync: fd };
      return "done";
    } finally {
      closeSync(fd);
    }
  }
  expect(atOnce(steps())).toBe("done");
  expect(await inTurns(steps())).toBe("done");
});

test("between steps others have their turn", async () => {
  const order: string[] = [];
  function* steps(name: string): Steps<void> {
    for (const count of [1, 2, 3]) {
      order.push(`${name}${count}`);
      yield "turn";
    }
  }
  await Promise.all([inTurns(steps("a")), inTurns(steps("b"))]);
  expect(order).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
});

test("a sync that fails is an error of the steps, which clean up", async () => {
  let isClosed = false;
  function* steps(): Steps<void> {
    try {
      yield { sync: 1_000_000 };
    } finally {
      isClosed = true;
    }
  }
  expect(inTurns(steps())).rejects.toThrow("EBADF");
  expect(isClosed).toBeTrue();
});
