import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { EngineStatus } from "../../src/engines/provision/status.ts";
import { startCluster, type Cluster } from "../engines/slurm/cluster.ts";
import { until } from "../engines/until.ts";
import { faultLab, type FaultLab } from "../helpers/fault-lab.ts";

/** A lab with a hub, beside a real Slurm cluster. */
export interface SlurmLab {
  lab: FaultLab;
  cluster: Cluster;
  /** What the runs of all experiments wrote down, in order. */
  traces(): Trace[];
  /** Names of the jobs that sbatch was asked for, dry runs left out. */
  submitted(): string[];
  /** The next sbatch asks, and kills slurmctld before or after the answer, which is lost. */
  killDuringSbatch(): void;
  /** Whether that has happened. */
  wasKilled(): boolean;
  status(): Promise<EngineStatus>;
  /** Runs a program of Slurm, and gives its output. */
  slurm(...argv: string[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Trace {
  what: "start" | "end";
  run_id: string;
  node: string;
  gpus: string[];
  at_ms: number;
}

/** Writes down when it ran, where, and on which GPUs; what it measures takes a while. */
const RUN = `#!/bin/sh
note() { echo "$1 $LAB_RUN_ID \${SLURMD_NODENAME:-none} \${CUDA_VISIBLE_DEVICES:-none} $(date +%s%3N)" >> TRACES; }
note start
sleep "\${1:-1}"
note end
exec awk -f sphere.awk
`;

/** In place of sbatch: notes what is submitted, and does what \`killDuringSbatch\` asked for. */
const SBATCH = `#!/bin/sh
dry= name=
for word; do
  case $word in
    --test-only) dry=1 ;;
    --job-name=*) name=\${word#--job-name=} ;;
  esac
done
[ -n "$dry" ] && exec REAL "$@"
echo "$name" >> SUBMITTED
if rm KILL 2>/dev/null; then
  cat > SCRIPT
  REAL "$@" < SCRIPT > /dev/null 2>&1 &
  CONTROL ctld-fail > /dev/null 2>&1 < /dev/null
  rm -f SCRIPT
  touch KILLED
  echo "sbatch: error: the connection broke" >&2
  exit 1
fi
exec REAL "$@"
`;

export async function slurmLab(nodes: number, ...options: string[]): Promise<SlurmLab> {
  const cluster = await startCluster(nodes, ...options);
  const at = (name: string): string => join(cluster.folder, name);
  const bin = at("bin");
  for (const folder of [bin, at("home")]) mkdirSync(folder, { recursive: true });
  const real = Bun.which("sbatch") ?? "sbatch";
  const script = SBATCH.replaceAll("REAL", real)
    .replaceAll("SUBMITTED", at("submitted"))
    .replaceAll("SCRIPT", at("script"))
    .replaceAll("KILLED", at("was-killed"))
    .replaceAll("KILL", at("kill"))
    .replaceAll("CONTROL", at("control"));
  writeFileSync(at("control"), `#!/bin/sh\nexec ${cluster.program} "$@" --dir ${cluster.dir}\n`);
  writeFileSync(join(bin, "sbatch"), script);
  chmodSync(at("control"), 0o755);
  chmodSync(join(bin, "sbatch"), 0o755);
  appendFileSync(at("submitted"), "");
  const lab = await faultLab({
    env: {
      SLURM_CONF: cluster.environment["SLURM_CONF"] ?? "",
      HOME: at("home"),
      PATH: `${bin}:${process.env["PATH"]}`,
    },
  });
  writeFileSync(join(lab.dir, "workspace", "run.sh"), RUN.replaceAll("TRACES", at("traces")));
  const lines = (name: string): string[] =>
    existsSync(at(name)) ? readFileSync(at(name), "utf8").split("\n").filter(Boolean) : [];
  const hub = lab.start("serve", "--port", "0", "--heartbeat", "1", "--lease", "6");
  await until(() => existsSync(lab.path("registry", "hub", "endpoint.json")) || null);
  return {
    lab,
    cluster,
    traces: () => lines("traces").map(traceOf),
    submitted: () => lines("submitted"),
    killDuringSbatch: () => writeFileSync(at("kill"), ""),
    wasKilled: () => existsSync(at("was-killed")),
    status: () => lab.json("engine", "status", "slurm"),
    async slurm(...argv) {
      const child = Bun.spawn({ cmd: argv, env: cluster.environment, stdout: "pipe" });
      return (await new Response(child.stdout).text()).trim();
    },
    async [Symbol.asyncDispose]() {
      hub.kill("SIGTERM");
      await hub.exited;
      await cluster.stop();
      await lab[Symbol.asyncDispose]();
    },
  };
}

function traceOf(line: string): Trace {
  const [what = "", run_id = "", node = "", gpus = "", at = ""] = line.split(" ");
  const ids = gpus === "none" ? [] : gpus.split(",");
  return { what: what === "end" ? "end" : "start", run_id, node, gpus: ids, at_ms: Number(at) };
}
