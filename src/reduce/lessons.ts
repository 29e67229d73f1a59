import type { LessonNoted } from "../domain/agent-events.ts";
import { clip, code, oneLine, toFile } from "./markdown.ts";
import type { ExperimentView } from "./views.ts";
import type { Lesson } from "./agent-view.ts";

/** Lessons an experiment may have at once: whoever goes on has to read all of them. */
export const MAX_LESSONS = 64;
/** Characters of one lesson. */
export const LESSON_CHARACTERS = 500;
/** Runs that one lesson may name. */
export const MAX_EVIDENCE = 20;

/**
 * Folds `lesson_noted`. The same text with the same evidence is the same lesson, so noting it twice
 * changes nothing; a lesson that another replaces is no longer shown.
 */
export function foldLesson(view: ExperimentView, event: LessonNoted): void {
  if (findLesson(view, event) !== null) return;
  view.lesson_count += 1;
  const { text, evidence, supersedes, worker, ts: noted_at } = event;
  const lesson = { id: `L${view.lesson_count}`, text, evidence, supersedes, worker, noted_at };
  view.lessons = [...view.lessons.filter(({ id }) => id !== supersedes), lesson];
  if (view.lessons.length > MAX_LESSONS) view.lessons.shift();
}

/** The lesson that says this already; null when none does. */
export function findLesson(
  view: Pick<ExperimentView, "lessons">,
  { text, evidence }: Pick<Lesson, "text" | "evidence">,
): Lesson | null {
  const same = view.lessons.find(
    (lesson) => lesson.text === text && lesson.evidence.join("\n") === evidence.join("\n"),
  );
  return same ?? null;
}

/** lessons.md: what was learned from the runs, newest first. */
export function renderLessons(view: ExperimentView): string {
  const lessons = view.lessons.toReversed().map(lessonLine);
  return toFile([
    `# Lessons - ${oneLine(view.id)}`,
    "",
    `Updated: ${oneLine(view.updated_at)}`,
    "",
    ...(lessons.length === 0 ? ["None noted yet."] : lessons),
  ]);
}

function lessonLine({ id, text, evidence, supersedes, worker, noted_at }: Lesson): string {
  const facts = [
    oneLine(noted_at),
    ...(worker === "" ? [] : [`by ${code(worker)}`]),
    ...(supersedes === null ? [] : [`in place of ${oneLine(supersedes)}`]),
    ...(evidence.length === 0 ? [] : [`evidence ${evidence.map(oneLine).join(", ")}`]),
  ];
  return `- ${id}: ${clip(text, LESSON_CHARACTERS)} (${facts.join("; ")})`;
}
