import { expect, test } from "bun:test";
import { renderContext } from "../../src/reduce/context.ts";
import { freshView, sampleView } from "./samples.ts";

test("renderContext() lists the last runs, newest first, and the baton", () => {
  expect(renderContext(sampleView())).toBe(
    `# Context - tune

Updated: 2026-01-02T04:00:01.000Z

## Recent Runs
- RUN-20260102-040000-000000-critic (critic, tier=proxy, failed, metric=none): The run failed and measured nothing: exit code 3
- RUN-20260102-030405-000000-scout (scout, tier=proxy, success, metric=0.5): Measured score = 0.5 (maximize); the first value of tier proxy.

## Current Baton
Fix the import in train.py.
`,
  );
});

test("renderContext() says when there are no runs", () => {
  expect(renderContext(freshView())).toContain("\nNo runs yet.\n");
});
