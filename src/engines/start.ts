import { join } from "node:path";
import { LabError } from "../domain/errors.ts";
import type { EngineOptions } from "../domain/spec/engine-kinds.ts";
import type { Clock, Processes, Random } from "../ports.ts";
import type { Layout } from "../store/layout.ts";
import { readLabSettings } from "../store/read-lab-settings.ts";
import type { Demand } from "./demand.ts";
import type { Engine, JobRequest } from "./engine.ts";
import { leaseEngine } from "./engine-lease.ts";
import { openEngine } from "./open-engine.ts";
import { engineFolder, labTag } from "./provision/folder.ts";
import { openJobJournal } from "./provision/job-journal.ts";
import { idleKind, jobRequest, kindsOf, mergedOptions } from "./provision/job-request.ts";
import { limitsOf } from "./provision/limits.ts";
import { runProvisioner, type Provisioner } from "./provisioner.ts";

export interface StartParts {
  layout: Layout;
  /** As after `--engine`: slurm, kubernetes, exec:<path>, or a name of lab.yaml. */
  engine: string;
  /** The command that runs it, for people: `labctl serve`. */
  command: string;
  /** `engine_options` of the one experiment it works for (burst); {} for all of them (serve). */
  options: EngineOptions;
  /** Stronger than lab.yaml and the SPEC: `--mode direct`. */
  mode?: "pilot" | "direct";
  /** Where a worker on a node finds the hub: `https://host:7447/#pin=...`, without a token. */
  hub: string;
  /** Asked once a second, and after poke(). */
  demand(): Promise<Demand>;
  /** A join token, good for one worker for `valid_s` seconds; `tag` is what its worker will say. */
  mintJoin(tag: string, valid_s: number): Promise<string>;
  /** Told when the engine is paused, with why and what to do. */
  warn(message: string): void;
  environment: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  random: Random;
  processes: Processes;
}

/**
 * Starts supplying workers for what waits in the queue, by the engine named: takes the engine's
 * lease, tries a job in a dry run, and keeps the right number of jobs until `stop`. Those that an
 * earlier process left are found again and go on.
 *
 * Throws LabError: `usage` for an engine or an option that there is not, `policy-refused` with the
 * scheduler's own words when it would not take such a job, `lease-held` when another process runs
 * the engine, `try-later` when the scheduler does not answer.
 */
export async function startProvisioner(parts: StartParts): Promise<Provisioner> {
  const { layout, clock, processes, random } = parts;
  const { engines } = readLabSettings(layout);
  const opened = await openEngine({
    which: parts.engine,
    settings: engines,
    folder: join(layout.registry, "engines"),
    environment: parts.environment,
    self: processes.selfCommand(),
    root: layout.root,
  });
  const { engine, name, labctl } = opened;
  const options = mergedOptions(name, opened.options, parts.options);
  const limits = limitsOf(options, parts.mode);
  const folder = engineFolder(layout.registry, name);
  const lease = leaseEngine(folder, name, parts.command, { clock, processes });
  try {
    const capabilities = await engine.capabilities();
    if (!capabilities.modes.includes(limits.mode)) {
      const modes = capabilities.modes.join(", ");
      throw new LabError("usage", `${name} cannot do mode ${limits.mode}; it can do ${modes}`);
    }
    const prefix = `lab-${labTag(layout.registry, () => random.hex(4))}-${name}-`;
    const { waiting } = await parts.demand();
    const [kind = idleKind(options, limits)] = kindsOf(name, options, limits, waiting).kinds;
    const dry = { tag: `${prefix}0`, package: null, hub: parts.hub, labctl, join: "" };
    const refused = await dryRun(engine, jobRequest(kind, { ...dry, avoid_nodes: [] }));
    if (refused !== null) {
      throw new LabError("policy-refused", `${name} would not take a job: ${refused}`, {
        hint: `\`labctl engine check ${name}\` tries again`,
      });
    }
    const provisioner = runProvisioner({
      engine,
      capabilities,
      name,
      prefix,
      folder,
      journal: openJobJournal(folder),
      limits,
      options,
      hub: parts.hub,
      labctl,
      demand: () => parts.demand(),
      mintJoin: (tag, valid_s) => parts.mintJoin(tag, valid_s),
      warn: (message) => parts.warn(message),
      mayGoOn: () => lease.isCurrent(),
      now: () => clock.now(),
      monotonic_ms: () => clock.monotonic_ms(),
    });
    return {
      ...provisioner,
      async stop(end) {
        try {
          await provisioner.stop(end);
        } finally {
          lease.release();
          await opened.close();
        }
      },
    };
  } catch (error) {
    lease.release();
    await opened.close();
    throw error;
  }
}

/** A scheduler that does not answer now may do so later: no reason not to start. */
async function dryRun(engine: Engine, job: JobRequest): Promise<string | null> {
  try {
    return await engine.validate(job);
  } catch (error) {
    if (error instanceof LabError && error.code === "try-later") return null;
    throw error;
  }
}
