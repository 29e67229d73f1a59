import { describe, expect, test } from "bun:test";
import {
  failureGroups,
  failureSignature,
  foldFailure,
  MAX_FAILURE_GROUPS,
} from "../../src/reduce/failure-signature.ts";
import { freshView, sampleSeal } from "./samples.ts";

describe("failureSignature()", () => {
  test.each([
    [
      "the same for other numbers, folders and hashes",
      "exit code 1: /tmp/box-1/work/train.py:12: loss 0.31 at 0xdeadbeef in run 3f2a9c81d",
      "exit code 2: /srv/lab/99/train.py:7: loss -1e-5 at 0x12 in run 90ab12cd34",
    ],
    ["the same for lists of other lengths", "shapes [1, 2, 3] differ", "shapes [4, 5] differ"],
    [
      "the same for other addresses",
      "cannot reach https://a.example/x?key=1",
      "cannot reach http://b.example:80/",
    ],
    [
      "the same with and without the sentence of RESULT.md",
      "The run failed and measured nothing: exit code 3",
      "exit code 4",
    ],
  ])("is %s", (_, one, other) => {
    expect(failureSignature(one)).toBe(failureSignature(other));
  });

  test("keeps what tells causes apart", () => {
    const reasons = [
      "exit code 1: KeyError: 'lr'",
      "exit code 1: KeyError: 'batch'",
      "ended by SIGKILL (out of memory?)",
      "stopped after its time budget of 2 min",
    ];
    expect(new Set(reasons.map(failureSignature)).size).toBe(reasons.length);
    expect(failureSignature("exit code 1: KeyError: 'lr'")).toBe("exit code #: KeyError: 'lr'");
    expect(failureSignature("x: /a/b/c.py failed")).toBe("x: …/c.py failed");
    expect(failureSignature("")).toBe("(no reason given)");
  });

  test("of a long reason is short and one line", () => {
    const signature = failureSignature(`line\n${"word ".repeat(5000)}`);
    expect(signature.length).toBeLessThanOrEqual(120);
    expect(signature).not.toContain("\n");
  });
});

test("foldFailure() counts what failed alike, and keeps the latest groups", () => {
  const view = freshView({ failures: [] });
  const fail = (note: string, run_id: string): void =>
    foldFailure(view, sampleSeal({ outcome: "failed", value: null, note, run_id }));
  fail("exit code 1: KeyError: 'lr'", "RUN-1");
  fail("exit code 2: no such file", "RUN-2");
  fail("exit code 9: KeyError: 'lr'", "RUN-3");
  expect(failureGroups(view)).toMatchObject([
    { signature: "failed: exit code #: KeyError: 'lr'", count: 2, last_run: "RUN-3" },
    { signature: "failed: exit code #: no such file", count: 1, last_run: "RUN-2" },
  ]);
  const letters = "abcdefghijklmnop".split("");
  for (const letter of letters) fail(`cause ${letter.repeat(3)}`, "RUN-4");
  expect(view.failures).toHaveLength(MAX_FAILURE_GROUPS);
  expect(view.failures.at(-1)?.signature).toBe("failed: cause ppp");
});
