import { LabError } from "../../domain/errors.ts";

/**
 * The address of a service without a slash at its end. Throws `usage` unless it is http or https,
 * and for a name and password in it, which would end up in logs.
 */
export function baseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new LabError(
      "usage",
      `agent_base_url: expected an http or https address, got ${shown(text)}`,
      {
        hint: "write it as https://host/v1, or leave it out for the provider's own",
      },
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new LabError("usage", "agent_base_url: a name or password in the address is not used", {
      hint: "give the key in the environment instead",
    });
  }
  if (url.search !== "" || url.hash !== "") {
    throw new LabError("usage", `agent_base_url: expected no ? and # in ${shown(text)}`, {
      hint: "write the address up to /v1",
    });
  }
  return url.href.replace(/\/+$/, "");
}

/** Without what may be a password. */
function shown(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/@]*@/, "//").slice(0, 200));
}
