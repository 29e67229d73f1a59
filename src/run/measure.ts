import { neededMetrics, type Aims, type Measurements } from "../domain/objectives.ts";
import { type MetricInputs, type MetricReading, readMetric } from "./metric-sources.ts";
import { readBounded } from "./read-bounded.ts";
import { entryAt } from "./tree.ts";

/** A folder in which a command may have written metrics.json. */
export interface MetricPlace {
  label: string;
  dir: string;
}

/** Read of stdout and of each file: the first and the last of this many bytes. */
const METRIC_BYTES = 64 * 1024;

/** Reads the metric of a finished command from its output and the metrics.json files of `places`. */
export function measure(
  metric: string,
  stdout_path: string,
  places: readonly MetricPlace[],
): MetricReading {
  return readMetric({ metric, ...sourcesOf(stdout_path, places) });
}

/**
 * As `measure`, for every objective and constrained metric of a SPEC: all of them or a problem. The
 * primary metric may also be called `value`; the others go by their names.
 */
export function measureAims(
  aims: Aims,
  stdout_path: string,
  places: readonly MetricPlace[],
): { problem: string } | (MetricReading & { value: number; objectives?: Measurements }) {
  const sources = sourcesOf(stdout_path, places);
  const reading = readMetric({ metric: aims.metric, ...sources });
  const needed = neededMetrics(aims);
  if ("problem" in reading || needed.length === 0) return reading;
  const objectives: Measurements = {};
  for (const metric of needed) {
    const named =
      metric === aims.metric ? reading : readMetric({ metric, by_name: true, ...sources });
    if ("problem" in named) return named;
    objectives[metric] = named.value;
  }
  return { ...reading, objectives };
}

function sourcesOf(
  stdout_path: string,
  places: readonly MetricPlace[],
): Pick<MetricInputs, "stdout" | "files"> {
  return {
    stdout: readBounded(stdout_path, METRIC_BYTES),
    files: places.map(({ label, dir }) => {
      const text = readBounded(`${dir}/metrics.json`, METRIC_BYTES);
      return { label, content: text === null ? null : text.head + text.tail };
    }),
  };
}

/** The run folder as a place. */
export function inRunFolder(dir: string): MetricPlace {
  return { label: "metrics.json in the run folder", dir };
}

/** The sandbox as a place. */
export function inSandbox(dir: string): MetricPlace {
  return { label: "metrics.json in the sandbox", dir };
}

/** Changes whenever metrics.json of that folder is written; null when there is none. */
export function metricsVersion(dir: string): string | null {
  return entryAt(dir, "metrics.json")?.version ?? null;
}
