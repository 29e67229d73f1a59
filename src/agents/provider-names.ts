import { LabError } from "../domain/errors.ts";
import { didYouMean } from "../domain/nearest-name.ts";
import { PRESETS } from "./command/presets.ts";

/** What `agent_provider` may be, besides an adapter of the user's own. */
export const PROVIDER_NAMES = [
  "claude",
  "codex",
  "hermes",
  "command",
  "openai",
  "anthropic",
  "file",
  "stub",
] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** Other spellings of providers. */
const ALIASES: Readonly<Record<string, ProviderName>> = {
  gpt: "openai",
  "claude-code": "claude",
  "hermes-agent": "hermes",
};

/** The provider of that name, or null when there is none. */
export function providerNamed(name: string): ProviderName | null {
  const plain = name.trim().toLowerCase();
  return PROVIDER_NAMES.find((one) => one === plain) ?? ALIASES[plain] ?? null;
}

/** Whether the provider is a program that can edit files by itself. */
export function isProgram(name: ProviderName): boolean {
  return name === "command" || Object.hasOwn(PRESETS, name);
}

/** `usage`, with the nearest name, and where an adapter was looked for. */
export function unknownProvider(name: string, looked: readonly string[]): LabError {
  const places = looked.map((path) => `no ${path}`);
  return new LabError(
    "usage",
    `agent_provider: expected ${PROVIDER_NAMES.join(", ")} or an adapter, got ${JSON.stringify(name)}${didYouMean(name, PROVIDER_NAMES)}`,
    {
      ...(places.length === 0 ? {} : { details: places }),
      hint: "name one of them, or put an adapter there (docs/providers.md)",
    },
  );
}

/** `usage` for a SPEC that asks for a model and names nobody who would answer. */
export function noProvider(): LabError {
  return new LabError("usage", "agent_provider is not set: nobody to ask for a proposal", {
    hint: `set agent_provider in SPEC.yaml to one of ${PROVIDER_NAMES.join(", ")}`,
  });
}
