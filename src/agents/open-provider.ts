import { LabError } from "../domain/errors.ts";
import type { Spec } from "../domain/spec/spec.ts";
import type { JsonObject } from "../domain/types.ts";
import type { Processes } from "../ports.ts";
import { assertPlaceholders } from "./command/placeholders.ts";
import { ownCommand, type Preset, PRESETS } from "./command/presets.ts";
import { commandProvider } from "./command/command-provider.ts";
import { fileProvider } from "./file-provider.ts";
import { ANTHROPIC_KEY, ANTHROPIC_URL, anthropicProvider } from "./http/anthropic.ts";
import { baseUrl } from "./http/base-url.ts";
import { type HttpOptions, OPENAI_KEY, OPENAI_URL, openaiProvider } from "./http/openai.ts";
import type { ProviderName } from "./provider-names.ts";
import type { Provider, ProviderRequest } from "./provider.ts";
import { stubProvider } from "./stub-provider.ts";

export interface ProviderOptions {
  spec: Spec;
  /** The environment labctl itself got. */
  env: Readonly<Record<string, string | undefined>>;
  processes: Processes;
  /** `agent_command` as words. */
  words: readonly string[];
  /** Where the provider `file` puts its prompts. */
  proposals: string;
  /** What the stub answers. */
  stub: (request: ProviderRequest) => JsonObject;
}

/** The provider of that name as a SPEC sets it up. Throws `usage` for whatever is missing. */
export function openProvider(name: ProviderName, options: ProviderOptions): Provider {
  const { spec, env, processes } = options;
  const { agent_model: model, agent_effort: effort } = spec;
  switch (name) {
    case "openai":
      return openaiProvider(httpOptions(options, { key: OPENAI_KEY, url: OPENAI_URL }));
    case "anthropic":
      return anthropicProvider(httpOptions(options, { key: ANTHROPIC_KEY, url: ANTHROPIC_URL }));
    case "file":
      return fileProvider({ folder: options.proposals, background: spec.agent_background });
    case "stub":
      return stubProvider(options.stub);
    case "command":
    case "claude":
    case "codex":
    case "hermes": {
      const preset = presetOf(name, options.words);
      const child = agentEnvironment(env, spec);
      return commandProvider(name, { processes, preset, model, effort, env: child });
    }
    default:
      return name satisfies never;
  }
}

/** How to call the program of that name. */
export function presetOf(name: ProviderName, words: readonly string[]): Preset {
  if (words.length > 0) {
    assertPlaceholders(words);
    const own = ownCommand(words);
    // With a command of its own a known program still answers in its own way.
    return { ...own, ...pick(PRESETS[name]) };
  }
  const preset = PRESETS[name];
  if (preset !== undefined) return preset;
  throw new LabError("usage", "agent_provider: command needs an agent_command", {
    hint: "set agent_command to a program that reads a prompt from its standard input",
  });
}

function pick(preset: Preset | undefined): Partial<Preset> {
  return preset === undefined ? {} : { read: preset.read, login: preset.login };
}

/**
 * The environment of an agent: what labctl got, without what belongs to an enclosing run or to the
 * session of an agent that started labctl; and the SPEC's base URL by the names such programs know.
 */
export function agentEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  { agent_base_url }: Pick<Spec, "agent_base_url">,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || /^(BUN_|LAB_|CLAUDECODE$|CLAUDE_CODE_)/.test(name)) continue;
    environment[name] = value;
  }
  if (agent_base_url === "") return environment;
  const url = baseUrl(agent_base_url);
  return { ...environment, OPENAI_BASE_URL: url, ANTHROPIC_BASE_URL: url };
}

function httpOptions(
  { spec, env }: ProviderOptions,
  own: { key: string; url: string },
): HttpOptions {
  const { agent_model: model, agent_effort: effort, agent_base_url } = spec;
  if (model === "") {
    throw new LabError("usage", `agent_provider: ${spec.agent_provider} needs an agent_model`, {
      hint: "set agent_model to a model that the service has",
    });
  }
  const variable = own.key.replace("_API_KEY", "_BASE_URL");
  const base_url = baseUrl(agent_base_url || env[variable] || own.url);
  const key = env[own.key]?.trim() ?? "";
  // A service of one's own may want no key.
  if (key === "" && base_url === own.url) {
    throw new LabError(
      "usage",
      `agent_provider: ${spec.agent_provider} needs a key in ${own.key}`,
      {
        hint: `set ${own.key}, or agent_base_url for a service that wants none`,
      },
    );
  }
  return { model, effort, base_url, key };
}
