import { expect, test } from "bun:test";
import type { LessonNoted } from "../../src/domain/agent-events.ts";
import { foldLesson, MAX_LESSONS, renderLessons } from "../../src/reduce/lessons.ts";
import { freshView, sampleView } from "./samples.ts";

function noted(over: Partial<LessonNoted> = {}): LessonNoted {
  return {
    type: "lesson_noted",
    ts: "2026-01-02T05:00:00.000Z",
    experiment: "tune",
    text: "small steps",
    evidence: ["RUN-1"],
    supersedes: null,
    worker: "",
    ...over,
  };
}

test("lessons are numbered in the order of the ledger, the same one once", () => {
  const view = freshView();
  for (const text of ["a", "b", "a"]) foldLesson(view, noted({ text }));
  expect(view.lessons.map(({ id, text }) => [id, text])).toEqual([
    ["L1", "a"],
    ["L2", "b"],
  ]);
});

test("a lesson takes the place of the one it supersedes, and numbers are not used again", () => {
  const view = freshView();
  foldLesson(view, noted({ text: "a" }));
  foldLesson(view, noted({ text: "b", supersedes: "L1" }));
  foldLesson(view, noted({ text: "c", supersedes: "L1" }));
  expect(view.lessons.map(({ id }) => id)).toEqual(["L2", "L3"]);
});

test("there are never more than MAX_LESSONS", () => {
  const view = freshView();
  for (let n = 1; n <= MAX_LESSONS + 3; n += 1) foldLesson(view, noted({ text: `lesson ${n}` }));
  expect(view.lessons).toHaveLength(MAX_LESSONS);
  expect(view.lessons[0]?.id).toBe("L4");
});

test("lessons.md shows each with who says it and what shows it", () => {
  const view = sampleView({ lessons: [] });
  foldLesson(view, noted({ worker: "claude", supersedes: "L1" }));
  expect(renderLessons(view)).toBe(`# Lessons - tune

Updated: 2026-01-02T04:00:01.000Z

- L2: small steps (2026-01-02T05:00:00.000Z; by \`claude\`; in place of L1; evidence RUN-1)
`);
  expect(renderLessons(freshView())).toContain("None noted yet.");
});
