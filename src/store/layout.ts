import { join } from "node:path";

/** Every path of a data root, relative names as users know them. The only place that spells them. */
export interface Layout {
  root: string;
  readme: string;
  labStatus: string;
  labIndex: string;
  program: string;
  /** Settings of the whole lab: lab.yaml. */
  settings: string;
  changelog: string;
  registry: string;
  ledger: string;
  locks: string;
  quarantine: string;
  experiments: string;
  control: string;
  /** Answers that are given again to whoever asks with the same key. */
  idempotency: string;
  backups: string;
  scratch: string;
  specCache: string;
  /** Workspaces and notes of tickets: scratch/tickets/<ticket>. */
  tickets: string;
  digestsDaily: string;
  digestsWeekly: string;
  outbox: string;
  approvals: string;
  dispatch: string;
  /** Packages of the folder queue (store/package-queue.ts). */
  packages: string;
  /** Content of workspaces and results, by digest (store/blobs.ts). */
  blobs: string;
  /** What `labctl serve` keeps. */
  hub: string;
  /** Documents of the packages that the hub answers for. */
  hubPackages: string;
  /** All folders `init` makes. */
  folders: string[];
}

export function layoutOf(root: string): Layout {
  const at = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    readme: at("README-FIRST.md"),
    labStatus: at("LAB-STATUS.md"),
    labIndex: at("LAB-INDEX.json"),
    program: at("PROGRAM.md"),
    settings: at("lab.yaml"),
    changelog: at("CHANGELOG.md"),
    registry: at("registry"),
    ledger: at("registry", "events.jsonl"),
    locks: at("registry", "locks"),
    quarantine: at("registry", "quarantine"),
    experiments: at("experiments"),
    control: at("control"),
    idempotency: at("control", "idempotency"),
    backups: at("backups"),
    scratch: at("scratch"),
    specCache: at("scratch", "specs"),
    tickets: at("scratch", "tickets"),
    digestsDaily: at("digests", "daily"),
    digestsWeekly: at("digests", "weekly"),
    outbox: at("control", "outbox"),
    approvals: at("control", "approvals"),
    dispatch: at("dispatch"),
    packages: at("dispatch", "packages"),
    blobs: at("dispatch", "blobs"),
    hub: at("registry", "hub"),
    hubPackages: at("registry", "hub", "packages"),
    folders: [
      at("registry", "locks"),
      at("experiments"),
      at("digests", "daily"),
      at("digests", "weekly"),
      at("control", "inbox"),
      at("control", "approvals"),
      at("control", "outbox"),
      at("dispatch", "ready"),
      at("dispatch", "running"),
      at("dispatch", "complete"),
      at("backups"),
      at("scratch"),
    ],
  };
}

/** Paths of one experiment. */
export interface ExperimentLayout {
  dir: string;
  spec: string;
  status: string;
  runbook: string;
  summary: string;
  next: string;
  context: string;
  best: string;
  memo: string;
  blackboard: string;
  lessons: string;
  metrics: string;
  costs: string;
  checkpoints: string;
  latestRun: string;
  bestRun: string;
  runs: string;
  /** What it waits for a person to answer. */
  approvalJson: string;
  approvalMarkdown: string;
}

export function experimentLayout(layout: Layout, id: string): ExperimentLayout {
  const dir = join(layout.experiments, id);
  return {
    dir,
    spec: join(dir, "SPEC.yaml"),
    status: join(dir, "STATUS.json"),
    runbook: join(dir, "RUNBOOK.md"),
    summary: join(dir, "SUMMARY.md"),
    next: join(dir, "NEXT.md"),
    context: join(dir, "context.md"),
    best: join(dir, "best.md"),
    memo: join(dir, "FINAL-MEMO.md"),
    blackboard: join(dir, "blackboard.md"),
    lessons: join(dir, "lessons.md"),
    metrics: join(dir, "metrics.jsonl"),
    costs: join(dir, "costs.jsonl"),
    checkpoints: join(dir, "checkpoints"),
    latestRun: join(dir, "checkpoints", "latest-run.txt"),
    bestRun: join(dir, "checkpoints", "best-run.txt"),
    runs: join(dir, "runs"),
    approvalJson: join(layout.approvals, `${id}.request.json`),
    approvalMarkdown: join(layout.approvals, `${id}.request.md`),
  };
}
