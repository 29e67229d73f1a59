/**
 * Screens the candidate findings of findings.json with a weighted score and prints how many
 * relevant ones it kept, less the irrelevant ones. Replace it with your own search; all it must do
 * is print {"value": NUMBER} on its last line.
 */
import { existsSync, readFileSync } from "node:fs";

interface Finding {
  title: string;
  /** Judgements between 0 and 1. */
  novelty: number;
  evidence: number;
  effort: number;
  /** What a person decided in the end. */
  relevant: boolean;
}

interface Params {
  novelty_weight: number;
  evidence_weight: number;
  effort_weight: number;
  threshold: number;
}

const DEFAULTS: Params = { novelty_weight: 1, evidence_weight: 0, effort_weight: 0, threshold: 0.5 };

const here = (name: string) => `${import.meta.dir}/${name}`;
const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));

const config = here("train_config.json");
const params: Params = {
  ...DEFAULTS,
  ...(existsSync(config) ? readJson(config) : {}),
  ...JSON.parse(process.env.LAB_PARAMS || "{}"),
};
const findings: Finding[] = readJson(here("findings.json"));
const kept = findings.filter(
  ({ novelty, evidence, effort }) =>
    params.novelty_weight * novelty + params.evidence_weight * evidence - params.effort_weight * effort >
    params.threshold,
);
const relevant = kept.filter((finding) => finding.relevant).length;
console.log(kept.map((finding) => `- ${finding.title}`).join("\n"));
console.log(JSON.stringify({ value: relevant - (kept.length - relevant), kept: kept.length }));
