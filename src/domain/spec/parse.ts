import * as v from "valibot";
import type { Calendar } from "../../ports.ts";
import type { JsonObject } from "../types.ts";
import { cadenceProblem } from "./cadence.ts";
import { sortFields, unknownFieldMessage } from "./fields.ts";
import { didYouMean } from "../nearest-name.ts";
import { MAX_SHOWN_PROBLEMS, problemLine, specError } from "./problems.ts";
import type { Problem } from "./problems.ts";
import { promotesNowhere, tierRuleProblems } from "./promotion.ts";
import { OverrideFields, SpecFields, specDefaults } from "./schema.ts";
import type { Spec } from "./spec.ts";
import { objectiveConflicts, primaryMetric } from "./primary-metric.ts";
import { readYaml } from "./yaml.ts";
import type { YamlReading } from "./yaml.ts";
import type { Path } from "./yaml-place.ts";

export interface ParsedSpec {
  spec: Spec;
  /** Oddities that do not stop anything, each as `file:line:col field: message`. */
  warnings: string[];
}

/**
 * Reads the text of a SPEC.yaml; `file` is how messages call it. Throws LabError("usage") whose
 * details are all problems at once, each as `file:line:col field: what was seen, what is allowed`.
 */
export function parseSpec(text: string, file: string, calendar: Calendar): ParsedSpec {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) throw specError(file, yaml.problems);

  const tiers = tiersOf(yaml.value);
  const fields = sortFields(yaml.value, tiers);
  const problems = fields.unknown
    .slice(0, MAX_SHOWN_PROBLEMS)
    .map((name) => yaml.problemAt([name], unknownFieldMessage(name, tiers), "key"));

  const parsed = v.safeParse(SpecFields, fields.known, { abortPipeEarly: true });
  problems.push(...schemaProblems(yaml, parsed.issues, ""));
  const overrides: Spec["overrides"] = {};
  for (const [tier, values] of fields.overrides) {
    const override = v.safeParse(OverrideFields, values, { abortPipeEarly: true });
    problems.push(...schemaProblems(yaml, override.issues, `${tier}_`));
    if (!override.success) continue;
    overrides[tier] = override.output;
    problems.push(...cronProblems(yaml, `${tier}_cadence`, override.output.cadence, calendar));
  }
  if (!parsed.success) throw specError(file, problems);

  const spec: Spec = {
    ...specDefaults(),
    ...parsed.output,
    ...primaryMetric(parsed.output),
    overrides,
    extra: fields.extra,
  };
  problems.push(
    ...objectiveConflicts(parsed.output).map(({ path, message }) => yaml.problemAt(path, message)),
  );
  spec.initial_fidelity_tier ||= spec.fidelity_tiers[0] ?? "";
  problems.push(...cronProblems(yaml, "cadence", spec.cadence, calendar));
  if (!spec.fidelity_tiers.includes(spec.initial_fidelity_tier)) {
    problems.push(yaml.problemAt(["initial_fidelity_tier"], unknownTierMessage(spec)));
  }
  for (const { field, message } of tierRuleProblems(spec)) {
    problems.push(yaml.problemAt([field], message));
  }
  if (problems.length > 0) throw specError(file, problems);
  return { spec, warnings: oddities(yaml, spec).map((oddity) => problemLine(file, oddity)) };
}

/** The tiers that `<tier>_<field>` may name, also when the list itself has problems. */
function tiersOf(fields: JsonObject): string[] {
  const listed = [fields["fidelity_tiers"] ?? []].flat();
  const names = listed.filter((tier) => typeof tier === "string").map((tier) => tier.trim());
  const tiers = names.filter((name) => name !== "");
  return tiers.length > 0 ? tiers : specDefaults().fidelity_tiers;
}

function schemaProblems(
  yaml: YamlReading,
  issues: readonly v.BaseIssue<unknown>[] | undefined,
  prefix: string,
): Problem[] {
  return (issues ?? []).map((issue) => {
    const [field, ...rest] = (issue.path ?? []).map(({ key }) =>
      typeof key === "number" ? key : String(key),
    );
    const path: Path = [`${prefix}${field ?? ""}`, ...rest];
    return yaml.problemAt(path, issue.message, issue.expected === "never" ? "key" : "value");
  });
}

function cronProblems(
  yaml: YamlReading,
  field: string,
  cadence: string | undefined,
  calendar: Calendar,
): Problem[] {
  const problem = cadence === undefined ? null : cadenceProblem(cadence, calendar);
  return problem === null ? [] : [yaml.problemAt([field], problem)];
}

function unknownTierMessage(spec: Spec): string {
  const { initial_fidelity_tier: tier, fidelity_tiers: tiers } = spec;
  return `expected one of the fidelity_tiers (${tiers.join(", ")}), got ${JSON.stringify(tier)}${didYouMean(tier, tiers)}`;
}

function oddities(yaml: YamlReading, spec: Spec): Problem[] {
  const found: Problem[] = [];
  if (spec.metric === "") {
    found.push(
      yaml.problemAt(["metric"], "not set: only `value` is looked for in what runs print"),
    );
  }
  const rules = spec.fidelity_promotion_rule === "manual" ? [] : ["fidelity_promotion_rule"];
  if (spec.promote !== null) rules.push("promote");
  if (!promotesNowhere(spec)) return found;
  const locked = spec.locked_tier === "" ? "" : " that is not locked";
  for (const rule of rules) {
    const message = `has no effect: fidelity_tiers has a single tier${locked}`;
    found.push(yaml.problemAt([rule], message));
  }
  return found;
}
