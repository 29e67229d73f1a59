import { LabError } from "../domain/errors.ts";
import { findLesson, LESSON_CHARACTERS, MAX_EVIDENCE, MAX_LESSONS } from "../reduce/lessons.ts";
import { oneLine } from "../reduce/markdown.ts";
import type { ExperimentView } from "../reduce/views.ts";
import type { Lesson } from "../reduce/agent-view.ts";
import { restoreLostRuns } from "./restore-lost-runs.ts";
import type { Session } from "./session.ts";
import { trialRows } from "./trials.ts";

export interface NoteRequest {
  experiment: string;
  text: string;
  /** Run ids, or unique beginnings of them. */
  evidence: readonly string[];
  supersedes: string | null;
  worker: string;
}

/**
 * Writes down a lesson. It needs no lease: the event takes its place in the ledger. A lesson that is
 * there already is given back as it is. Throws `usage` for a text that is empty or too long,
 * `not-found` for evidence that is no finished run, `stop-reached` when no more fit.
 */
export async function noteLesson(session: Session, request: NoteRequest): Promise<Lesson> {
  const { experiment, supersedes } = request;
  const { store } = session;
  await restoreLostRuns(session);
  const view = await store.view(experiment);
  const lesson = {
    text: lessonText(request.text),
    evidence: await evidenceRuns(session, experiment, request.evidence),
  };
  const known = findLesson(view, lesson);
  if (known !== null) return known;
  assertFits(view, supersedes);
  const worker = oneLine(request.worker).slice(0, 100);
  const ts = session.now();
  await store.record([{ type: "lesson_noted", ts, experiment, ...lesson, supersedes, worker }], {
    sync: true,
  });
  await store.flush();
  const noted = findLesson(await store.view(experiment), lesson);
  if (noted === null) throw new LabError("bug", `${experiment}: the lesson was not recorded`);
  return noted;
}

function lessonText(given: string): string {
  const text = oneLine(given);
  if (text === "") {
    throw new LabError("usage", "the lesson is empty", {
      hint: 'say what was learned in one sentence: --lesson "above 0.1 the loss diverges"',
    });
  }
  if (text.length > LESSON_CHARACTERS) {
    throw new LabError(
      "usage",
      `the lesson has ${text.length} characters, at most ${LESSON_CHARACTERS} are kept`,
      { hint: "say it shorter, or as two lessons" },
    );
  }
  return text;
}

/** Full ids of finished runs, each once, in the order given. */
async function evidenceRuns(
  session: Session,
  experiment: string,
  names: readonly string[],
): Promise<string[]> {
  if (names.length > MAX_EVIDENCE) {
    throw new LabError("usage", `${names.length} runs as evidence, at most ${MAX_EVIDENCE} fit`, {
      hint: "name the runs that show it best",
    });
  }
  if (names.length === 0) return [];
  const ids = (await trialRows(session, experiment)).map((row) => row.run_id);
  return [...new Set(names.map((name) => runNamed(experiment, ids, name)))];
}

function runNamed(experiment: string, ids: readonly string[], name: string): string {
  const exact = ids.find((id) => id === name);
  if (exact !== undefined) return exact;
  const [first, ...others] = name === "" ? [] : ids.filter((id) => id.startsWith(name));
  if (first === undefined) {
    throw new LabError("not-found", `${experiment} has no finished run ${JSON.stringify(name)}`, {
      hint: `see \`labctl runs ${experiment}\` for run ids`,
    });
  }
  if (others.length > 0) {
    throw new LabError("usage", `${others.length + 1} runs begin with ${JSON.stringify(name)}`, {
      hint: `give more of the id, such as ${first}`,
    });
  }
  return first;
}

function assertFits(view: ExperimentView, supersedes: string | null): void {
  const ids = view.lessons.map(({ id }) => id);
  if (supersedes !== null && !ids.includes(supersedes)) {
    throw new LabError("not-found", `${view.id} has no lesson ${JSON.stringify(supersedes)}`, {
      hint:
        ids.length === 0
          ? "leave --supersedes out: no lesson is noted yet"
          : `its lessons: ${ids.slice(-10).join(", ")}`,
    });
  }
  if (supersedes === null && ids.length >= MAX_LESSONS) {
    throw new LabError("stop-reached", `${view.id} has ${MAX_LESSONS} lessons: no more fit`, {
      hint: "put several into one, and name the one it replaces with --supersedes",
    });
  }
}
