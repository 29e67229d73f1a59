import type { Registry } from "./command.ts";

/** Every command of labctl, in the order help shows them. A command is loaded only when it runs. */
export const REGISTRY: Registry = {
  init: {
    summary: "Make a lab",
    group: "Setting up",
    load: () => import("./commands/init.ts"),
  },
  templates: {
    summary: "List the experiments to start from",
    group: "Setting up",
    load: () => import("./commands/templates.ts"),
  },
  new: {
    summary: "Write an experiment that is ready to run",
    group: "Setting up",
    load: () => import("./commands/new.ts"),
  },
  validate: {
    summary: "Check a SPEC without creating anything",
    group: "Setting up",
    load: () => import("./commands/validate.ts"),
  },
  create: {
    summary: "Register an experiment from its SPEC",
    group: "Setting up",
    aliases: ["add-task"],
    load: () => import("./commands/create.ts"),
  },
  "run-once": {
    summary: "Run what is due, once (for cron)",
    group: "Running",
    load: () => import("./commands/run-once.ts"),
  },
  burst: {
    summary: "Iterate: propose params, run, measure, learn",
    group: "Running",
    load: () => import("./commands/burst.ts"),
  },
  guided: {
    summary: "As burst, asking you before each run",
    group: "Running",
    load: () => import("./commands/guided.ts"),
  },
  swarm: {
    summary: "As burst, with several strategies in turn",
    group: "Running",
    load: () => import("./commands/swarm.ts"),
  },
  ask: {
    summary: "Hand out trials to evaluate elsewhere",
    group: "Running",
    load: () => import("./commands/ask.ts"),
  },
  tell: {
    summary: "Record what an asked trial came to",
    group: "Running",
    load: () => import("./commands/tell.ts"),
  },
  "ask-tell": {
    summary: "A search over a pipe, for any language",
    group: "Running",
    load: () => import("./commands/ask-tell.ts"),
  },
  enqueue: {
    summary: "Run these params first, or import earlier trials",
    group: "Running",
    load: () => import("./commands/enqueue.ts"),
  },
  context: {
    summary: "All that an agent needs to know, in one call",
    group: "For agents",
    load: () => import("./commands/context.ts"),
  },
  next: {
    summary: "Get a ticket: the right to propose one candidate",
    group: "For agents",
    load: () => import("./commands/next.ts"),
  },
  check: {
    summary: "Say what submit would refuse, and evaluate nothing",
    group: "For agents",
    load: () => import("./commands/check.ts"),
  },
  submit: {
    summary: "Evaluate the candidate of a ticket",
    group: "For agents",
    load: () => import("./commands/submit.ts"),
  },
  wait: {
    summary: "Wait for a submission, a run or an experiment",
    group: "For agents",
    load: () => import("./commands/wait.ts"),
  },
  "dispatch-agent-next": {
    summary: "The most urgent change to make, as the Python original gave it",
    group: "For agents",
    load: () => import("./commands/dispatch-agent-next.ts"),
  },
  "dispatch-agent-submit": {
    summary: "Evaluate changed files, as the Python original took them",
    group: "For agents",
    load: () => import("./commands/dispatch-agent-submit.ts"),
  },
  serve: {
    summary: "Be the hub: give runs to workers on other machines",
    group: "Other machines",
    load: () => import("./commands/serve.ts"),
  },
  hub: {
    summary: "Tokens of the hub, and content that nobody needs",
    group: "Other machines",
    load: () => import("./commands/hub.ts"),
  },
  worker: {
    summary: "Execute runs for a hub, or for a folder that machines share",
    group: "Other machines",
    load: () => import("./commands/worker.ts"),
  },
  workers: {
    summary: "List the workers of the hub, drain or revoke one",
    group: "Other machines",
    load: () => import("./commands/workers.ts"),
  },
  engine: {
    summary: "Slurm and other engines: check, status, resume",
    group: "Other machines",
    load: () => import("./commands/engine.ts"),
  },
  "dispatch-ready": {
    summary: "Put what is due into the folder queue, for others to run",
    group: "Other machines",
    load: () => import("./commands/dispatch-ready.ts"),
  },
  "dispatch-claim": {
    summary: "Take packages of the folder queue, to run them by hand",
    group: "Other machines",
    load: () => import("./commands/dispatch-claim.ts"),
  },
  "dispatch-work": {
    summary: "Run packages of the folder queue here",
    group: "Other machines",
    load: () => import("./commands/dispatch-work.ts"),
  },
  "dispatch-complete": {
    summary: "Say what came of a package that was run by hand",
    group: "Other machines",
    load: () => import("./commands/dispatch-complete.ts"),
  },
  "dispatch-ingest": {
    summary: "Take completed packages into the history",
    group: "Other machines",
    load: () => import("./commands/dispatch-ingest.ts"),
  },
  note: {
    summary: "Write down a lesson, with the runs that show it",
    group: "For agents",
    load: () => import("./commands/note.ts"),
  },
  status: {
    summary: "Where the lab stands",
    group: "Looking",
    load: () => import("./commands/status.ts"),
  },
  list: {
    summary: "List all experiments",
    group: "Looking",
    load: () => import("./commands/list.ts"),
  },
  show: {
    summary: "Show one experiment on one page",
    group: "Looking",
    load: () => import("./commands/show.ts"),
  },
  runs: {
    summary: "List the runs of an experiment",
    group: "Looking",
    load: () => import("./commands/runs.ts"),
  },
  importance: {
    summary: "Show which parameters decide the metric",
    group: "Looking",
    load: () => import("./commands/importance.ts"),
  },
  plot: {
    summary: "Plot an experiment, in the terminal or as SVG",
    group: "Looking",
    load: () => import("./commands/plot.ts"),
  },
  logs: {
    summary: "Print or follow what a run writes",
    group: "Looking",
    load: () => import("./commands/logs.ts"),
  },
  digest: {
    summary: "Write the digest of the day",
    group: "Looking",
    load: () => import("./commands/digest.ts"),
  },
  "weekly-digest": {
    summary: "Write the digest of the week",
    group: "Looking",
    load: () => import("./commands/weekly-digest.ts"),
  },
  pause: {
    summary: "Stop scheduling an experiment",
    group: "Steering",
    load: () => import("./commands/pause.ts"),
  },
  resume: {
    summary: "Let an experiment run again",
    group: "Steering",
    load: () => import("./commands/resume.ts"),
  },
  approve: {
    summary: "Answer what waits for a person, or list it",
    group: "Steering",
    load: () => import("./commands/approve.ts"),
  },
  complete: {
    summary: "End an experiment",
    group: "Steering",
    load: () => import("./commands/complete.ts"),
  },
  "set-fidelity": {
    summary: "Move an experiment to another fidelity tier",
    group: "Steering",
    load: () => import("./commands/set-fidelity.ts"),
  },
  calibrate: {
    summary: "Measure how much the metric varies when nothing is changed",
    group: "Running",
    load: () => import("./commands/calibrate.ts"),
  },
  finalize: {
    summary: "Score the best runs on the locked tier, once",
    group: "Steering",
    load: () => import("./commands/finalize.ts"),
  },
  notify: {
    summary: "Whom experiments tell, what waits to be told, and a test",
    group: "Upkeep",
    load: () => import("./commands/notify.ts"),
  },
  refresh: {
    summary: "Rebuild every derived file",
    group: "Upkeep",
    load: () => import("./commands/refresh.ts"),
  },
  watchdog: {
    summary: "Look for trouble, and mend it with --repair",
    group: "Upkeep",
    load: () => import("./commands/watchdog.ts"),
  },
  recover: {
    summary: "Mend what a crash left behind",
    group: "Upkeep",
    load: () => import("./commands/recover.ts"),
  },
  verify: {
    summary: "Check every seal and every ledger line",
    group: "Upkeep",
    load: () => import("./commands/verify.ts"),
  },
  attempt: {
    summary: "Execute one attempt of a package, as a worker starts it",
    group: "Shell",
    hidden: true,
    load: () => import("./commands/attempt.ts"),
  },
  schema: {
    summary: "Print the JSON Schemas of commands and files",
    group: "Shell",
    load: () => import("./commands/schema.ts"),
  },
  completions: {
    summary: "Print a completion script for bash, zsh or fish",
    group: "Shell",
    load: () => import("./commands/completions.ts"),
  },
};
