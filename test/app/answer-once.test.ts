import { expect, test } from "bun:test";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { answerOnce, type OnceRequest } from "../../src/app/answer-once.ts";
import { LabError } from "../../src/domain/errors.ts";
import { MAX_ANSWERS, openAnswers } from "../../src/store/answers.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";

function once(lab: LabRoot, action: () => Promise<{ n: number }>, over: Partial<OnceRequest> = {}) {
  return answerOnce(lab.lab, { command: "next", key: "k", request: { n: 1 }, ...over }, action);
}

test("answerOnce() does it once for each key of a command", async () => {
  using lab = await labRoot();
  let calls = 0;
  const count = async (): Promise<{ n: number }> => ({ n: (calls += 1) });
  expect(await once(lab, count)).toEqual({ answer: { n: 1 }, first_given_at: null });
  const again = await once(lab, count);
  expect(again).toEqual({ answer: { n: 1 }, first_given_at: lab.clock.now().toISOString() });
  expect((await once(lab, count, { command: "submit" })).answer).toEqual({ n: 2 });
  expect((await once(lab, count, { key: "other" })).answer).toEqual({ n: 3 });
});

test("answerOnce() does it once for two callers at the same time", async () => {
  using lab = await labRoot();
  const { promise, resolve } = Promise.withResolvers<{ n: number }>();
  let calls = 0;
  const slow = (): Promise<{ n: number }> => {
    calls += 1;
    return promise;
  };
  const both = [once(lab, slow), once(lab, slow)];
  resolve({ n: 7 });
  expect((await Promise.all(both)).map(({ answer }) => answer)).toEqual([{ n: 7 }, { n: 7 }]);
  expect(calls).toBe(1);
});

test("answerOnce() does not keep a failure", async () => {
  using lab = await labRoot();
  const fail = async (): Promise<never> => {
    throw new LabError("policy-refused", "no");
  };
  expect(once(lab, fail)).rejects.toThrow("no");
  expect((await once(lab, async () => ({ n: 2 }))).answer).toEqual({ n: 2 });
});

test.each([
  ["the key of another request", { request: { n: 2 } }],
  ["an empty key", { key: "" }],
  ["a key that is too long", { key: "k".repeat(201) }],
])("answerOnce() refuses %s", async (_, over) => {
  using lab = await labRoot();
  await once(lab, async () => ({ n: 1 }));
  expect(once(lab, async () => ({ n: 2 }), over)).rejects.toMatchObject({ code: "usage" });
});

test("answers are bounded, and the oldest go first", async () => {
  using lab = await labRoot();
  const answers = openAnswers(lab.layout.idempotency, lab.lab);
  for (let n = 0; n < MAX_ANSWERS; n += 1) {
    await Bun.write(join(lab.layout.idempotency, `old-${n}.json`), "{}");
  }
  const first = join(lab.layout.idempotency, "old-7.json");
  utimesSync(first, 1000, 1000);
  answers.keep("new", "{}");
  const names = readdirSync(lab.layout.idempotency).filter((name) => name.endsWith(".json"));
  expect(names.length).toBeLessThan(MAX_ANSWERS);
  expect(names).toContain("new.json");
  expect(names).not.toContain("old-7.json");
});
