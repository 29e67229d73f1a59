import * as v from "valibot";
import { didYouMean, nearestName } from "../nearest-name.ts";
import {
  anything,
  count,
  flag,
  jsonMap,
  oneOf,
  positive,
  text,
  texts,
  variableNames,
} from "./kinds.ts";

/** What engines can be told, in `engine_options` of a SPEC and in lab.yaml (docs/engines.md). */

const optional = v.exactOptional;

const textMap = v.pipe(jsonMap, v.record(v.string(), text));

/** How many workers an engine keeps, and how they are started; the same for every engine. */
const SUPPLY = {
  mode: optional(oneOf(["pilot", "direct"] as const)),
  min_pilots: optional(count(0)),
  max_pilots: optional(count(1)),
  /** Pilots that may wait in the scheduler's own queue at a time. */
  backlog: optional(count(1)),
  idle_exit_seconds: optional(positive),
  time_minutes: optional(count(1)),
  cpus: optional(count(1)),
  memory_mb: optional(count(1)),
  /** Runs at a time of one pilot. */
  slots: optional(count(1)),
  /** Path of labctl where the job runs. */
  labctl: optional(text),
};

const SLURM = {
  ...SUPPLY,
  partition: optional(text),
  account: optional(text),
  qos: optional(text),
  gres: optional(text),
  constraint: optional(text),
  /** Several pilots of one submission as a job array. */
  array: optional(flag),
  /** Lines of shell before labctl, such as `module load cuda`. */
  setup: optional(texts),
  /** Folder for the output of jobs, on the nodes. */
  logs: optional(text),
  /** Variables of labctl's own environment that jobs get, besides PATH, HOME and the like. */
  env_pass: optional(variableNames),
  /** More options of sbatch, each as `--name=value`. */
  options: optional(texts),
};

const KUBERNETES = {
  ...SUPPLY,
  server: optional(text),
  namespace: optional(text),
  token_file: optional(text),
  ca_file: optional(text),
  image: optional(text),
  image_pull_policy: optional(oneOf(["Always", "IfNotPresent", "Never"] as const)),
  image_pull_secrets: optional(texts),
  service_account: optional(text),
  priority_class: optional(text),
  /** What a GPU is called there. */
  gpu_resource: optional(text),
  resources: optional(textMap),
  node_selector: optional(textMap),
  tolerations: optional(v.array(jsonMap)),
  labels: optional(textMap),
  annotations: optional(textMap),
};

const BUILT_IN = ["slurm", "kubernetes"];

function options<Entries extends v.ObjectEntries>(engine: string, entries: Entries) {
  const names = Object.keys(entries);
  return v.strictObject(entries, ({ expected, path }) => {
    if (expected !== "never") return "expected a map such as {max_pilots: 4, time_minutes: 60}";
    const name = String(path?.at(-1)?.key);
    return `unknown option of ${engine}; expected one of ${names.join(", ")}${didYouMean(name, names)}`;
  });
}

export const slurm = options("slurm", SLURM);
export const kubernetes = options("kubernetes", KUBERNETES);
/** A program of one's own is told everything, so what it does not know is its to refuse. */
export const external = v.objectWithRest(
  { ...SUPPLY, command: optional(text) },
  anything,
  "expected a map such as {command: ./ssh.sh, max_pilots: 4}",
);

export type SlurmOptions = v.InferOutput<typeof slurm>;
export type KubernetesOptions = v.InferOutput<typeof kubernetes>;
export type ExternalOptions = v.InferOutput<typeof external>;
export type SupplyOptions = Pick<SlurmOptions, keyof typeof SUPPLY>;

export interface EngineOptions {
  slurm?: SlurmOptions;
  kubernetes?: KubernetesOptions;
  [engine: string]: ExternalOptions | undefined;
}

const engineName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,29}$/, "expected the name of an engine: letters, digits and -"),
  v.check(
    (name) => BUILT_IN.includes(name) || !looksLikeOne(name),
    ({ input }) => `unknown engine${didYouMean(input, BUILT_IN)}`,
  ),
);

/** `slrum` is a slip, `slurm-by-ssh` a name. */
function looksLikeOne(name: string): boolean {
  const near = nearestName(name, BUILT_IN);
  return near !== null && Math.abs(near.length - name.length) <= 2;
}

/** Options by the name of an engine. */
export const engineOptions = v.pipe(
  v.objectWithRest(
    { slurm: optional(slurm), kubernetes: optional(kubernetes) },
    external,
    "expected a map of engines such as {slurm: {partition: gpu}}",
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const key of Object.keys(dataset.value)) {
      const parsed = v.safeParse(engineName, key);
      if (parsed.success) continue;
      const input = dataset.value;
      addIssue({
        message: parsed.issues[0].message,
        expected: "never",
        path: [{ type: "object", origin: "key", input, key, value: input[key] }],
      });
    }
  }),
  v.title("map of engines"),
);

/** Labels that a worker must have, all of them. */
export const workerLabels = v.pipe(
  texts,
  v.check(
    (names) => names.every((name) => LABEL.test(name)),
    ({ input }) =>
      `expected labels of letters, digits, '.', '_' and '-', got ${JSON.stringify(input.find((name) => !LABEL.test(name)))}`,
  ),
  v.title("list of labels"),
);

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** More than this on one machine is a slip of the pen. */
const MAX_GPUS = 64;
export const gpuCount = v.pipe(
  count(0),
  v.maxValue(MAX_GPUS, `expected at most ${MAX_GPUS}`),
  v.title(`whole number, 0 to ${MAX_GPUS}`),
);
