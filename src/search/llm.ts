import type { Strategy } from "./strategy.ts";
import { tpe } from "./tpe/tpe.ts";

/**
 * The arm of a language model. What the model says is asked for outside of this folder, which is
 * pure; here is what happens when it has nothing to say that can be used: tpe proposes, and the
 * proposal says so.
 */
export const llm: Strategy = {
  name: "llm",
  summary: "asks the SPEC's agent_provider; tpe when its answers cannot be used",
  propose(request) {
    const { params, provenance } = tpe.propose(request);
    return { params, provenance: { ...provenance, by: tpe.name } };
  },
};
