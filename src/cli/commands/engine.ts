import { assertDataRoot } from "../../app/session.ts";
import { LabError } from "../../domain/errors.ts";
import { specForTier } from "../../domain/spec/tiers.ts";
import { engineHolder } from "../../engines/engine-lease.ts";
import { askToResume, engineFolder, readEngineStatus } from "../../engines/provision/folder.ts";
import type { EngineStatus } from "../../engines/provision/status.ts";
import { layoutOf } from "../../store/layout.ts";
import { defineCommand, type CommandContext, type CommandResult } from "../command.ts";
import { usageError } from "../failure.ts";
import { lineWidth, table } from "../table.ts";
import { withSession } from "../with-session.ts";

const ACTIONS = ["check", "status", "resume"];

export const command = defineCommand({
  name: "engine",
  description:
    "Engines supply workers: Slurm, Kubernetes, or a program of yours (docs/engines.md). check tries a job in a dry run and says what would be refused; status shows our jobs there, and why an engine is paused; resume lets a paused one submit again.",
  examples: [
    { command: "labctl engine check slurm", why: "before the first burst --engine slurm" },
    { command: "labctl engine check slurm --experiment my-exp", why: "with its gpus and options" },
    { command: "labctl engine status slurm", why: "our jobs, and what is wrong" },
  ],
  flags: {
    experiment: {
      type: "string",
      valueHint: "EXPERIMENT",
      description: "With check: a job for its runs, with its engine_options",
    },
  },
  positionals: {
    action: { description: "check, status or resume", valueHint: "check|status|resume" },
    name: {
      description: "slurm, kubernetes, exec:PATH, or a name of lab.yaml",
      valueHint: "ENGINE",
    },
  },
  async run(context, { action, name, experiment }): Promise<CommandResult> {
    if (!ACTIONS.includes(action)) {
      throw usageError(`expected ${ACTIONS.join(", ")}, got '${action}'`, "engine");
    }
    if (experiment !== undefined && action !== "check") {
      throw usageError("--experiment goes with check", "engine");
    }
    assertDataRoot(context.lab.root);
    if (action === "check") return check(context, name, experiment ?? null);
    const folder = engineFolder(layoutOf(context.lab.root).registry, name);
    const status = readEngineStatus(folder);
    if (status === null) {
      throw new LabError("not-found", `the engine ${name} was not used in this data root yet`, {
        hint: `start it with \`labctl burst EXPERIMENT --engine ${name}\`, or try it with \`labctl engine check ${name}\``,
      });
    }
    return action === "status" ? show(context, folder, status) : resume(folder, status);
  },
});

async function check(
  context: CommandContext,
  name: string,
  experiment: string | null,
): Promise<CommandResult> {
  const { lab } = context;
  const { checkEngine } = await import("../../engines/check.ts");
  const run =
    experiment === null
      ? null
      : await withSession(context, async ({ store }) => {
          const view = await store.view(experiment);
          const spec = specForTier(await store.spec(experiment), view.current_fidelity_tier);
          return {
            needs: { gpus: spec.gpus, labels: spec.worker_labels },
            timeout_ms: spec.time_budget_minutes * 60_000,
            options: spec.engine_options,
          };
        });
  const data = await checkEngine({
    layout: layoutOf(lab.root),
    engine: name,
    run,
    environment: lab.env,
    self: lab.processes.selfCommand(),
  });
  const { capabilities, job, refused } = data;
  const memory = job.memory_mb === null ? "" : `, ${job.memory_mb} MB`;
  const asked = `${job.cpus} CPUs, ${job.gpus} GPUs${memory}, ${job.minutes} min`;
  return {
    data,
    human: [
      `${data.engine}: ${capabilities.modes.join(" and ")} mode, up to ${capabilities.max_batch} jobs a submission`,
      refused === null ? `a job of ${asked} would be taken` : `a job of ${asked} would be refused`,
    ],
    ...(refused === null
      ? {}
      : { failure: new LabError("policy-refused", `${data.engine} says: ${refused}`) }),
  };
}

function show({ lab, io }: CommandContext, folder: string, status: EngineStatus): CommandResult {
  const runs_it = engineHolder(folder, lab);
  const { paused, trouble, unfit, jobs } = status;
  const rows = jobs.map((job) => [
    job.tag,
    job.id ?? "-",
    job.state,
    job.worker,
    job.node ?? "-",
    job.reason,
  ]);
  const head = ["JOB", "ID", "STATE", "WORKER", "NODE", "WHY"];
  return {
    data: { ...status, runs_it },
    human: [
      `${status.engine}, ${status.mode} mode, at most ${status.max_pilots} jobs; ${status.waiting} runs wait`,
      runs_it === null ? "nobody runs it now: this is how it was" : `run by ${runs_it}`,
      ...(paused === null ? [] : [`paused since ${paused.at}: ${paused.reason}`]),
      ...(trouble === null ? [] : [`trouble: ${trouble}`]),
      ...unfit,
      ...(jobs.length === 0 ? ["no jobs"] : table([head, ...rows], lineWidth(io.stdout))),
    ],
    next:
      paused === null
        ? []
        : [{ command: `labctl engine resume ${status.engine}`, why: "once the cause is mended" }],
  };
}

function resume(folder: string, { engine, paused }: EngineStatus): CommandResult {
  if (paused === null) throw new LabError("nothing-to-do", `the engine ${engine} is not paused`);
  const isFirst = askToResume(folder, paused.number);
  return {
    data: { engine, number: paused.number, was: paused.reason },
    human: [
      isFirst
        ? `${engine} submits again; it was paused by: ${paused.reason}`
        : `${engine} was asked to resume before, and whoever runs it has not looked yet`,
    ],
    next: [{ command: `labctl engine status ${engine}`, why: "see whether it goes well now" }],
  };
}
