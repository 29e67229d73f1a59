import type { JsonObject } from "../domain/types.ts";
import type { Provider, ProviderRequest } from "./provider.ts";

/**
 * Answers by itself: offline, for nothing, always the same to the same request. `answer` makes the
 * answer.
 */
export function stubProvider(answer: (request: ProviderRequest) => JsonObject): Provider {
  return {
    name: "stub",
    model: "",
    endpoint: null,
    free: true,
    repairs: true,
    call: async (request) => ({ text: JSON.stringify(answer(request)), usage: null }),
  };
}
