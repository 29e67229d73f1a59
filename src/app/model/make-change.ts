import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adapterWords, findAdapter } from "../../agents/adapter.ts";
import { isProgram, providerNamed, unknownProvider } from "../../agents/provider-names.ts";
import type { MutationContext } from "../../run/candidate/mutator.ts";
import type { CommandFailure } from "../../run/describe-exit.ts";
import type { Session } from "../session.ts";
import { changeByProgram } from "./change-by-program.ts";
import { changeByText } from "./change-by-text.ts";
import type { MutationRun } from "./mutation.ts";

/** Changes the tree by whoever the SPEC's agent_provider names; an adapter of the user's own goes first. */
export async function makeChange(
  session: Session,
  run: MutationRun,
  context: MutationContext,
): Promise<CommandFailure | null> {
  const { spec } = context;
  writeSelection(context);
  const adapter = findAdapter(spec);
  if (adapter.path !== null) {
    const words = adapterWords(adapter.path, spec);
    return changeByProgram(session, run, context, { kind: "adapter", words });
  }
  const name = providerNamed(spec.agent_provider);
  if (name === null) throw unknownProvider(spec.agent_provider, adapter.looked);
  return isProgram(name)
    ? changeByProgram(session, run, context, { kind: "agent", name })
    : changeByText(session, run, context);
}

/** artifacts/local-agent/selection.json, with the keys of the original. */
function writeSelection({ spec, artifacts_dir }: MutationContext): void {
  const folder = join(artifacts_dir, "local-agent");
  mkdirSync(folder, { recursive: true });
  const selection = {
    provider: spec.agent_provider.trim().toLowerCase(),
    model: spec.agent_model,
    effort: spec.agent_effort,
    instruction_file: spec.agent_instruction_file,
    base_url: spec.agent_base_url,
    background: spec.agent_background,
    extra_path: [],
  };
  writeFileSync(join(folder, "selection.json"), `${JSON.stringify(selection, null, 2)}\n`);
}
