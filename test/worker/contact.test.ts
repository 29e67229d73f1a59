import { expect, test } from "bun:test";
import { LabError } from "../../src/domain/errors.ts";
import { openContact } from "../../src/worker/contact.ts";
import { HubRefusal } from "../../src/worker/hub-refusal.ts";
import { testClock } from "../helpers/lab-root.ts";

/** A call that fails once, and what the worker says of it. */
async function saidOf(error: LabError): Promise<string[]> {
  const said: string[] = [];
  const contact = openContact(testClock(), ({ type }) => said.push(type));
  let tries = 0;
  const answer = await contact.call(async () => {
    tries += 1;
    if (tries === 1) throw error;
    return tries;
  });
  expect(answer).toBe(2);
  return said;
}

const busy = { code: "try-later", message: "too much at once", retry_after_s: 0.001 };

test("a hub that cannot be reached is asked again, and that is said", async () => {
  expect(await saidOf(new LabError("try-later", "no"))).toEqual(["unreachable", "reachable"]);
});

test("a hub that has too much to do is asked again, and nothing is said", async () => {
  expect(await saidOf(new HubRefusal(429, busy))).toEqual([]);
  expect(await saidOf(new HubRefusal(503, busy))).toEqual([]);
});

test("that its disk is full is said", async () => {
  expect(await saidOf(new HubRefusal(507, busy))).toEqual(["unreachable", "reachable"]);
});
