import { expect, test } from "bun:test";
import { iterate } from "../../src/app/iterate.ts";
import { noteLesson, type NoteRequest } from "../../src/app/note.ts";
import { refreshLab } from "../../src/app/refresh.ts";
import { LabError } from "../../src/domain/errors.ts";
import { MAX_LESSONS } from "../../src/reduce/lessons.ts";
import { experimentLayout } from "../../src/store/layout.ts";
import { labRoot, type LabRoot } from "../helpers/lab-root.ts";

const SPACE = { x: { low: 0, high: 1 } };

/** A lab with one experiment of two finished runs. */
async function ranLab(): Promise<{ lab: LabRoot; runs: string[] }> {
  const lab = await labRoot();
  await lab.create("tune", { search_space: SPACE, executor_command: "echo 0.5" });
  const never = new AbortController().signal;
  const { done } = await iterate(lab.session, {
    experiment: "tune",
    mode: "burst",
    arms: ["random"],
    seed: null,
    search_space: null,
    iterations: 2,
    jobs: 1,
    worker: "",
    direction: null,
    pause_ms: 0,
    keep_going: true,
    stopSoon: never,
    stopNow: never,
  });
  return { lab, runs: done.map((run) => run.run_id) };
}

function note(lab: LabRoot, over: Partial<NoteRequest> = {}) {
  const request = { experiment: "tune", text: "x is good", evidence: [], supersedes: null };
  return noteLesson(lab.session, { ...request, worker: "", ...over });
}

async function code(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof LabError ? error.code : String(error);
}

test("noteLesson() records a lesson with runs that exist, the same one once", async () => {
  const { lab: ran, runs } = await ranLab();
  using lab = ran;
  const [first = ""] = runs;
  const lesson = await note(lab, { evidence: [first, first], text: " x\nis good " });
  expect(lesson).toMatchObject({ id: "L1", text: "x is good", evidence: [first] });
  expect(await note(lab, { evidence: [first] })).toEqual(lesson);
  const text = await Bun.file(experimentLayout(lab.layout, "tune").lessons).text();
  expect(text).toContain(`- L1: x is good (${lesson.noted_at}; evidence ${first})`);
});

test("lessons come back byte for byte when every derived file is made anew", async () => {
  const { lab: ran } = await ranLab();
  using lab = ran;
  await note(lab);
  await note(lab, { text: "better so", supersedes: "L1" });
  const { lessons, status } = experimentLayout(lab.layout, "tune");
  const before = [await Bun.file(lessons).text(), await Bun.file(status).text()];
  await Promise.all([Bun.file(lessons).delete(), Bun.file(status).delete()]);
  const session = await lab.open();
  await refreshLab(session);
  session.store.close();
  expect([await Bun.file(lessons).text(), await Bun.file(status).text()]).toEqual(before);
  expect(before[0]).toContain("L2: better so");
});

const refused: [string, Partial<NoteRequest>, LabError["code"]][] = [
  ["an empty text", { text: " \n " }, "usage"],
  ["a text that is too long", { text: "x".repeat(501) }, "usage"],
  ["a run that does not exist", { evidence: ["RUN-nope"] }, "not-found"],
  ["an empty run id", { evidence: [""] }, "not-found"],
  ["a beginning of several run ids", { evidence: ["RUN-"] }, "usage"],
  ["too many runs", { evidence: Array.from({ length: 21 }, () => "RUN-1") }, "usage"],
  ["a lesson that is not there to supersede", { supersedes: "L9" }, "not-found"],
  ["an experiment that is not there", { experiment: "other" }, "not-found"],
];

test.each(refused)("noteLesson() refuses %s and records nothing", async (_, over, expected) => {
  const { lab: ran } = await ranLab();
  using lab = ran;
  expect(await code(note(lab, over))).toBe(expected);
  expect((await lab.session.store.view("tune")).lesson_count).toBe(0);
});

test("noteLesson() refuses one lesson too many, until another is superseded", async () => {
  using lab = await labRoot();
  await lab.create("tune");
  const ts = lab.session.now();
  const common = { type: "lesson_noted" as const, ts, experiment: "tune", evidence: [] };
  await lab.session.store.record(
    Array.from({ length: MAX_LESSONS }, (_, n) => ({
      ...common,
      text: `lesson ${n}`,
      supersedes: null,
      worker: "",
    })),
    { sync: false },
  );
  expect(await code(note(lab))).toBe("stop-reached");
  expect((await note(lab, { supersedes: "L7" })).id).toBe(`L${MAX_LESSONS + 1}`);
});
