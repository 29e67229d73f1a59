import { expect, test } from "bun:test";
import { batonText, renderNext } from "../../src/reduce/next.ts";
import { freshView, sampleView } from "./samples.ts";

test("renderNext() carries the baton", () => {
  expect(renderNext(sampleView({ baton: "Fix the import.\n- then rerun\n" }))).toBe(
    `# Next Action for tune

Updated: 2026-01-02T04:00:01.000Z

Fix the import.
- then rerun
`,
  );
});

test("batonText() has a sentence for an experiment without a baton", () => {
  expect(batonText(freshView())).toBe("Begin the first bounded iteration.");
  expect(batonText(sampleView({ baton: " \n" }))).toBe(
    "Review the latest run and set a tighter next action.",
  );
});
