import { LabError } from "../errors.ts";
import { parseToken } from "./token.ts";

/** Where a hub is, and how it is known: all that a machine needs to speak to it, in one line. */
export interface JoinString {
  /** `https://host:7447`, without a path. */
  url: string;
  /** SHA-256 of its certificate; null: plain HTTP, or a certificate that the system trusts. */
  pin: string | null;
  token: string;
}

/** `https://host:7447/#pin=<sha256>&token=<token>`; what follows the # never is in a request. */
export function formatJoinString({ url, pin, token }: JoinString): string {
  const words = [
    ...(pin === null ? [] : [`pin=${pin}`]),
    ...(isOpen(new URL(url)) ? ["insecure=1"] : []),
    `token=${token}`,
  ];
  return `${new URL(url).origin}/#${words.join("&")}`;
}

/** Throws LabError `usage` that says which part is wrong; it never repeats the token. */
export function parseJoinString(text: string): JoinString {
  const url = parseHubUrl(text.trim().replace(/#.*$/s, ""));
  const words = new URLSearchParams(/#(.*)$/s.exec(text.trim())?.[1] ?? "");
  const unknown = [...words.keys()].find((name) => !["pin", "token", "insecure"].includes(name));
  if (unknown !== undefined) throw wrong(`has ${JSON.stringify(unknown.slice(0, 40))} in it`);
  const token = words.get("token");
  if (token === null) throw wrong("has no token");
  if (parseToken(token) === null) throw wrong("has a token that is cut off or changed");
  const pin = words.get("pin");
  if (pin !== null && !/^[0-9a-f]{64}$/.test(pin)) {
    throw wrong("has a pin that is not 64 lower-case hexadecimal digits");
  }
  if (pin !== null && !url.startsWith("https:")) throw wrong("has a pin, but no https");
  if (isOpen(new URL(url)) && words.get("insecure") !== "1") {
    throw wrong("is plain HTTP to another machine, and does not say insecure=1");
  }
  return { url, pin, token };
}

/** The address of a hub, without a path: `http://127.0.0.1:7447`. Throws LabError `usage`. */
export function parseHubUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new LabError("usage", `not the address of a hub: ${JSON.stringify(text.slice(0, 200))}`, {
      hint: "it looks like https://host:7447",
    });
  }
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "") {
    throw new LabError("usage", `more than the address of a hub: ${JSON.stringify(url.host)}`, {
      hint: "give scheme, host and port only, as in https://host:7447",
    });
  }
  return url.origin;
}

/** Whether a host is this machine: what is sent there is on no wire. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(host.toLowerCase());
}

/** Whether tokens would be readable on the way. */
function isOpen({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && !isLoopback(hostname);
}

function wrong(what: string): LabError {
  return new LabError("usage", `the join string ${what}`, {
    hint: "copy all of the line that `labctl serve` or `labctl hub token --scope join` prints, in quotes",
  });
}
