import { noteLesson } from "../../app/note.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "note",
  description:
    "Adds a lesson to the experiment: `labctl context` shows it to whoever goes on, lessons.md to people. The same lesson twice is one lesson.",
  examples: [
    {
      command: 'labctl note my-exp --lesson "above 0.1 it diverges" --evidence RUN-2026...',
      why: "what a run taught",
    },
    {
      command: 'labctl note my-exp --lesson "only with batches under 64" --supersedes L3',
      why: "a better one in place of an old one",
    },
  ],
  flags: {
    lesson: { type: "string", description: "One sentence that helps to choose the next change" },
    evidence: {
      type: "string",
      multiple: true,
      valueHint: "RUN",
      description: "Finished runs that show it",
    },
    supersedes: { type: "string", valueHint: "LESSON", description: "The lesson it replaces: L3" },
    worker: { type: "string", default: "", description: "Who says so" },
    ...KEY_FLAG,
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  run: (context, args) =>
    idempotent(context, "note", args, async () => {
      const { experiment } = args;
      const lesson = await withSession(context, (session) =>
        noteLesson(session, {
          experiment,
          text: args.lesson ?? "",
          evidence: args.evidence,
          supersedes: args.supersedes ?? null,
          worker: args.worker,
        }),
      );
      return {
        data: { experiment, lesson },
        human: [`${experiment} ${lesson.id}: ${lesson.text}`],
        next: [{ command: `labctl context ${experiment}`, why: "what to do next" }],
      };
    }),
});
