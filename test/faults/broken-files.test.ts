import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";
import { assertClean, assertExactRuns } from "../helpers/lab-checks.ts";

const RUNS = 6;

interface Breakage {
  what: string;
  /** Breaks one file and returns what makes `status` and `verify` name it. */
  break: (lab: FaultLab) => string;
  /** Only a person can mend it. */
  mend?: (lab: FaultLab) => void;
}

/** The run folder of the fourth run of `victim`. */
function aRun(lab: FaultLab): string {
  const runs = lab.path("experiments/victim/runs");
  return `${runs}/${readdirSync(runs).sort()[3]}`;
}

/** Byte position of the fourth seal in the ledger: the first of `victim`. */
function aSealedLine(ledger: Buffer): number {
  let at = -1;
  for (let nth = 0; nth < 4; nth++) {
    at = ledger.indexOf('{"type":"run_sealed","ts"', at + 1);
  }
  return at;
}

function editLedger(lab: FaultLab, edit: (bytes: Buffer) => Buffer): string {
  const path = lab.path("registry/events.jsonl");
  writeFileSync(path, edit(readFileSync(path)));
  return "registry/events.jsonl";
}

/** Garbles or overwrites a file below the data root; returns its name. */
function garble(lab: FaultLab, name: string, content = "{ gar\0bled"): string {
  writeFileSync(lab.path(name), content);
  return name;
}

const BREAKAGES: Breakage[] = [
  { what: "STATUS.json garbled", break: (lab) => garble(lab, "experiments/victim/STATUS.json") },
  { what: "STATUS.json empty", break: (lab) => garble(lab, "experiments/victim/STATUS.json", "") },
  { what: "LAB-INDEX.json garbled", break: (lab) => garble(lab, "LAB-INDEX.json") },
  {
    what: "metrics.jsonl truncated",
    break(lab) {
      truncateSync(lab.path("experiments/victim/metrics.jsonl"), 300);
      return "experiments/victim/metrics.jsonl";
    },
  },
  {
    what: "metrics.json of a sealed run edited",
    break(lab) {
      writeFileSync(`${aRun(lab)}/metrics.json`, '{"value": -1e9}');
      return "metrics.json";
    },
  },
  {
    what: "manifest.json of a sealed run cut",
    break(lab) {
      truncateSync(`${aRun(lab)}/manifest.json`, 100);
      return "manifest.json";
    },
  },
  {
    what: "manifest.json of a sealed run gone",
    break(lab) {
      rmSync(`${aRun(lab)}/manifest.json`);
      return "manifest.json";
    },
  },
  {
    what: "SEALED garbled",
    break(lab) {
      writeFileSync(`${aRun(lab)}/SEALED`, "{");
      return "SEALED is not valid";
    },
  },
  {
    what: "the ledger's last line torn",
    break: (lab) => editLedger(lab, (bytes) => bytes.subarray(0, bytes.length - 40)),
  },
  {
    what: "garbage after the ledger's last line",
    break: (lab) => editLedger(lab, (bytes) => Buffer.concat([bytes, Buffer.from('{"type":')])),
  },
  {
    what: "one bit flipped in the middle of the ledger",
    break: (lab) =>
      editLedger(lab, (bytes) => {
        const at = aSealedLine(bytes) + 100;
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return bytes;
      }),
  },
  {
    what: "zeros over several lines of the ledger",
    break: (lab) =>
      editLedger(lab, (bytes) => bytes.fill(0, aSealedLine(bytes), aSealedLine(bytes) + 1200)),
  },
  {
    what: "the ledger gone",
    break(lab) {
      rmSync(lab.path("registry/events.jsonl"));
      return "LAB-INDEX.json";
    },
  },
  {
    what: "an empty lock file",
    break(lab) {
      const folder = lab.path("registry/locks/victim");
      mkdirSync(folder, { recursive: true });
      const path = `${folder}/00000009.json`;
      writeFileSync(path, "");
      // Younger than ten seconds it may still be in the making, on a file system without link().
      const past = new Date(Date.now() - 60_000);
      utimesSync(path, past, past);
      return "registry/locks/victim";
    },
  },
  {
    what: "a lock folder of the original without info.json",
    break(lab) {
      mkdirSync(lab.path("registry/locks/victim.lock"));
      return "registry/locks/victim.lock";
    },
  },
  {
    what: "SPEC.yaml broken",
    break: (lab) => garble(lab, "experiments/victim/SPEC.yaml", 'id: victim\nmetric: "value\n'),
    mend: (lab) => writeFileSync(lab.path("experiments/victim/SPEC.yaml"), spec),
  },
];

let whole: FaultLab;
let spec: string;

beforeAll(async () => {
  whole = await faultLab();
  await whole.create({ id: "victim" });
  await whole.create({ id: "other" });
  await whole.create({ id: "due", executor_command: "echo 3" });
  await whole.ok("burst", "other", "-n", "3");
  await whole.ok("burst", "victim", "-n", String(RUNS));
  spec = readFileSync(whole.path("experiments/victim/SPEC.yaml"), "utf8");
});

afterAll(async () => {
  await whole[Symbol.asyncDispose]();
});

describe.each(BREAKAGES)("$what", ({ break: breakIt, mend }) => {
  test("stops nobody, is named by status and verify, and recover deals with it", async () => {
    await using lab = await faultLab({ copyOf: whole });
    const name = breakIt(lab);

    const status = await lab.labctl("status");
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(name) });
    const verify = await lab.labctl("verify");
    expect(verify.code).toBe(10);
    expect(verify.stdout).toContain(name);

    expect(await lab.ok("run-once")).toContain("ran due [default]");
    await lab.ok("burst", "other", "-n", "2");

    mend?.(lab);
    await lab.ok("recover");
    await assertClean(lab);
    await assertExactRuns(lab, "other", 5);
    await assertExactRuns(lab, "due", 1);
    await assertExactRuns(lab, "victim", RUNS);
    await lab.ok("burst", "victim", "-n", "2");
    await assertExactRuns(lab, "victim", RUNS + 2);
    await assertClean(lab);
  }, 30_000);
});

describe.each(BREAKAGES.filter(({ what }) => what.includes("ledger")))("$what", (breakage) => {
  // The ledger alone knows which runs there were; what is folded anew from the rest must not forget them.
  test.each(["burst other -n 1", "refresh", "pause other"])(
    "repeats no run although `%s` comes before recover",
    async (command) => {
      await using lab = await faultLab({ copyOf: whole });
      breakage.break(lab);
      await lab.ok(...command.split(" "));
      await lab.ok("burst", "victim", "-n", "2");
      await assertExactRuns(lab, "victim", RUNS + 2);
    },
    30_000,
  );
});
