import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../src/domain/errors.ts";
import { engineHolder } from "../../src/engines/engine-lease.ts";
import { engineFolder, engineStatuses } from "../../src/engines/provision/folder.ts";
import { startProvisioner, type StartParts } from "../../src/engines/start.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import { systemRandom } from "../../src/platform/random.ts";
import { readText } from "../../src/store/read-text.ts";
import { layoutOf } from "../../src/store/layout.ts";
import { tempDir } from "../helpers/temp.ts";
import { fakeHosts, SSH_ENGINE } from "./fake-ssh.ts";
import { until } from "./until.ts";

const processes = createProcesses();

function parts(root: string, more: Partial<StartParts> = {}): StartParts {
  return {
    layout: layoutOf(root),
    engine: "ssh",
    command: "labctl test",
    options: {},
    hub: "http://127.0.0.1:7447",
    demand: async () => ({ waiting: [], workers: [] }),
    mintJoin: async () => "hl_join",
    warn: () => {},
    environment: process.env,
    clock: systemClock,
    random: systemRandom,
    processes,
    ...more,
  };
}

/** A data root, two hosts, and a lab.yaml that says how they are reached. */
function lab(root: string): Partial<StartParts> {
  const layout = layoutOf(root);
  mkdirSync(layout.registry, { recursive: true });
  writeFileSync(layout.settings, `engines: {ssh: {command: ${SSH_ENGINE} one two, labctl: sh}}\n`);
  return { environment: { ...process.env, ...fakeHosts(root, ["one", "two"]) } };
}

async function refusal(started: Promise<unknown>): Promise<LabError> {
  try {
    await started;
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error("it was started");
}

describe("startProvisioner()", () => {
  test("runs an engine alone, and leaves it to others at the end", async () => {
    using dir = tempDir();
    const more = lab(dir.path);
    const first = await startProvisioner(parts(dir.path, more));
    const { registry } = layoutOf(dir.path);
    const folder = engineFolder(registry, "ssh");
    const ports = { clock: systemClock, processes };
    expect(engineHolder(folder, ports)).toBe(
      `labctl test (pid ${process.pid} on ${processes.self().host})`,
    );
    const { code, message, hint } = await refusal(startProvisioner(parts(dir.path, more)));
    expect(code).toBe("lease-held");
    expect(message).toMatch(/^the engine ssh of this data root is run by labctl test \(pid \d+ on/);
    expect(hint).toContain("--engine hub");
    await until(() => (engineStatuses(registry).length === 1 ? true : null));
    await first.stop({ cancel: true, grace_s: 0 });
    expect(engineHolder(folder, ports)).toBeNull();
    const second = await startProvisioner(parts(dir.path, more));
    await second.stop({ cancel: false, grace_s: 0 });
  });

  test("submits what waits, with a token on standard input, and cancels it at the end", async () => {
    using dir = tempDir();
    const more = lab(dir.path);
    const own = { labctl: join(dir.path, "bin", "labctl") };
    writeFileSync(own.labctl, `#!/bin/sh\ncat > ${dir.path}/stdin\nexec sleep 600\n`);
    chmodSync(own.labctl, 0o755);
    const needs = { gpus: 0, labels: [] };
    const waiting = [{ package: "P1", needs, timeout_ms: 1000, options: { ssh: own } }];
    const demand = async () => ({ waiting, workers: [] });
    const options = { ssh: own };
    const started = await startProvisioner(parts(dir.path, { ...more, options, demand }));
    expect(await until(() => readText(join(dir.path, "stdin")) || null)).toBe("hl_join\n");
    await until(() => (started.status().jobs[0]?.state === "running" ? true : null));
    await started.stop({ cancel: true, grace_s: 1 });
    expect(started.status().jobs).toMatchObject([{ state: "cancelled", worker: "none" }]);
  });

  test("says in the scheduler's words why it would take no job", async () => {
    using dir = tempDir();
    const options = { ssh: { labctl: "no-such-program" } };
    const error = await refusal(startProvisioner(parts(dir.path, { ...lab(dir.path), options })));
    expect(error.code).toBe("policy-refused");
    expect(error.message).toContain(
      "ssh would not take a job: one has no no-such-program on its PATH",
    );
    expect(
      engineHolder(engineFolder(layoutOf(dir.path).registry, "ssh"), parts(dir.path)),
    ).toBeNull();
  });

  test("starts although the scheduler does not answer, and says so", async () => {
    using dir = tempDir();
    const more = lab(dir.path);
    writeFileSync(join(dir.path, "silent"), "");
    const started = await startProvisioner(parts(dir.path, more));
    const trouble = await until(() => started.status().trouble);
    expect(trouble).toContain("engine ssh: one does not answer");
    await started.stop({ cancel: false, grace_s: 0 });
  });

  test.each([
    ["nobody", {}, "no engine is called"],
    ["ssh", { ssh: { mode: "direct" } }, null],
    ["exec:/no/such/program", {}, "cannot be started (ENOENT)"],
  ] as const)("of %s with %j", async (engine, options, problem) => {
    using dir = tempDir();
    const started = startProvisioner(parts(dir.path, { ...lab(dir.path), engine, options }));
    if (problem !== null) expect((await refusal(started)).message).toContain(problem);
    else await (await started).stop({ cancel: false, grace_s: 0 });
  });
});
