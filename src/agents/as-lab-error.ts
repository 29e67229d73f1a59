import { redact } from "../domain/agent/redact.ts";
import { LabError } from "../domain/errors.ts";
import type { ProviderFailure } from "./provider.ts";

/** What a failure of the provider means to whoever runs labctl. */
export function asLabError(failure: ProviderFailure, secrets: readonly string[]): LabError {
  const message = `agent_provider: ${redact(failure.message, secrets)}`;
  const { hint } = failure.details;
  const options = hint === undefined ? {} : { hint: redact(hint, secrets) };
  switch (failure.kind) {
    case "outage":
    case "timeout":
    case "waiting":
      return new LabError("try-later", message, options);
    case "auth":
    case "setup":
    case "rejected":
    case "dialect":
      return new LabError("usage", message, options);
    case "cancelled":
      return new LabError("interrupted", message, options);
    default:
      return failure.kind satisfies never;
  }
}
