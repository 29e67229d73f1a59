import { guardProblem } from "../../domain/acceptance/config.ts";
import type { CommandFailure } from "../describe-exit.ts";
import type { RunSession } from "../run-step.ts";
import { acceptCandidate } from "./acceptance.ts";
import type { CandidateTree } from "./change.ts";
import { contest } from "./contest.ts";
import type { Decision } from "./decision.ts";
import { incumbentTree } from "./incumbent.ts";
import type { Measurement } from "./labelled-step.ts";
import { type MeasurableTree, setUpTree } from "./measurable-tree.ts";
import type { ParentTree } from "./parent-tree.ts";
import type { PinnedBase } from "./pinned-base.ts";
import { protectFiles } from "./protected-files.ts";
import { treeDigest, treeHashes } from "./tree-hashes.ts";

type Scored = Measurement;

/** Measures a candidate in its own tree and decides about it; the decision is filled in. */
export async function score(
  session: RunSession,
  base: PinnedBase,
  parent: ParentTree,
  { tree, before }: CandidateTree,
  decision: Decision,
): Promise<Scored> {
  const { spec } = session.request;
  const digest = spec.acceptance === null ? "" : treeDigest(await treeHashes(tree.root));
  const candidate = await setUpTree(session, tree, {
    log: parent.isMade() ? "setup-candidate" : "setup",
    repeatedly: spec.acceptance !== null,
    files: protectFiles(base, tree, spec),
    parent: async () => before ?? (await parentOrNull(parent)),
  });
  if ("failure" in candidate) return candidate;
  return spec.acceptance === null
    ? scoreOnce(session, candidate, decision)
    : scoreAgainst(session, base, { candidate, digest }, decision);
}

async function scoreOnce(
  session: RunSession,
  candidate: MeasurableTree,
  decision: Decision,
): Promise<Scored> {
  const { spec, best } = session.request;
  const measured = await candidate.measure("validation");
  if ("failure" in measured) return measured;
  decision.candidate_value = measured.value;
  const references = { best: best?.value ?? null, baseline: decision.baseline_value };
  Object.assign(decision, acceptCandidate(spec.metric_direction, measured.value, references));
  if (spec.guards.length === 0) return measured;
  const problem = guardProblem(spec.guards, measured.metrics);
  if (problem !== null) {
    decision.accepted = false;
    decision.verdict_reason = problem;
  }
  decision.verdict = decision.accepted ? "accepted" : "rejected";
  return measured;
}

async function scoreAgainst(
  session: RunSession,
  base: PinnedBase,
  { candidate, digest }: { candidate: MeasurableTree; digest: string },
  decision: Decision,
): Promise<Scored> {
  const { acceptance } = session.request.spec;
  if (acceptance === null) throw new Error("there is no acceptance in the SPEC");
  const { tree, source } = await incumbentTree(session, base);
  decision.reference_source = source;
  if (treeDigest(await treeHashes(tree.root)) === digest) {
    const measured = await candidate.measure("validation");
    if ("failure" in measured) return measured;
    const reason = "is the same, file by file, as what it is compared with";
    decision.candidate_value = measured.value;
    Object.assign(decision, { verdict: "rejected", verdict_reason: reason });
    return measured;
  }
  const incumbent = await setUpTree(session, tree, { log: "setup-incumbent", repeatedly: true });
  if ("failure" in incumbent) return { failure: ofIncumbent(incumbent.failure) };
  const named: MeasurableTree = {
    async measure(log, seed) {
      const measured = await incumbent.measure(log, seed);
      return "failure" in measured ? { failure: ofIncumbent(measured.failure) } : measured;
    },
  };
  const done = await contest(session, acceptance, { candidate, incumbent: named, digest });
  if ("failure" in done) return done;
  Object.assign(decision, done.contest, { accepted: done.contest.verdict === "accepted" });
  return withValue(done.measured, done.contest.candidate_value, session.request.spec.metric);
}

/** The first measurement with the mean of all as its value. */
function withValue(
  { objectives, ...measured }: Extract<Measurement, { value: number }>,
  value: number,
  metric: string,
): Scored {
  if (objectives === undefined) return { ...measured, value };
  const own = Object.hasOwn(objectives, metric) ? { [metric]: value } : {};
  return { ...measured, value, objectives: { ...objectives, ...own } };
}

function ofIncumbent({ outcome, reason }: CommandFailure): CommandFailure {
  return { outcome, reason: `of the incumbent: ${reason}` };
}

async function parentOrNull(parent: ParentTree) {
  const tree = await parent.ready();
  return "outcome" in tree ? null : tree;
}
