import { paramsKey } from "../../domain/canonical-json.ts";
import type { Params } from "../../domain/types.ts";
import type { Candidate } from "../../run/candidate/candidate.ts";

/** What an agent hands in. */
export type SubmissionInput =
  /** What the ticket suggests, or what is in its workspace. */
  | { kind: "ticket" }
  | { kind: "params"; params: Params }
  | { kind: "candidate"; candidate: Candidate };

/** A submission that may be run. */
export type Content = ParamsContent | CodeContent;

export interface ParamsContent {
  kind: "params";
  params: Params;
  /** What tells it from other candidates; as candidateKey() of its run. */
  key: string;
  /** Digest of what was handed in, to know it again. */
  sent: string;
  strategy: string;
  provenance: Params;
  seed: number | null;
}

export interface CodeContent {
  kind: "code";
  candidate: Candidate;
  changed_files: string[];
  key: string;
  sent: string;
}

/** `strategy` of params that an agent chose itself. */
export const AGENT = "agent";

/** Digest of a submission as it was handed in; null for what only its ticket knows. */
export function sentDigest(input: SubmissionInput): string | null {
  if (input.kind === "ticket") return null;
  const text = input.kind === "params" ? paramsKey(input.params) : candidateText(input.candidate);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}

function candidateText(candidate: Candidate): string {
  return candidate.kind === "patch" ? `patch ${candidate.patch}` : paramsKey(candidate.files);
}
