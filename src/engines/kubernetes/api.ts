import { readFileSync } from "node:fs";
import { LabError } from "../../domain/errors.ts";

/** Where the API is and who asks. Files are read at each call: Kubernetes renews them. */
export interface ApiSetting {
  /** `https://host:port` */
  server: string;
  token_file: string;
  /** null: the authorities that the system trusts. */
  ca_file: string | null;
  timeout_ms: number;
}

export type ApiAnswer =
  | { ok: true; body: unknown }
  /** `status` 0: nobody answered, and it may have been done all the same. */
  | { ok: false; status: number; words: string };

/** One call of the Kubernetes API over plain HTTPS. Throws LabError usage when a file cannot be read. */
export async function callApi(
  setting: ApiSetting,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  const token = read(setting.token_file, "token_file").trim();
  const ca = setting.ca_file === null ? undefined : read(setting.ca_file, "ca_file");
  try {
    const response = await fetch(`${setting.server}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(setting.timeout_ms),
      // Nobody is to lead us elsewhere with the token.
      redirect: "error",
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
    const text = await response.text();
    if (response.ok) return { ok: true, body: parsed(text) };
    return { ok: false, status: response.status, words: wordsOf(text, response.status) };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, status: 0, words: `${setting.server} does not answer: ${words}` };
  }
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabError("usage", `Kubernetes: cannot read ${option}: ${why}`, {
      hint: `run labctl in a pod with a service account, or set engines.kubernetes.${option} in lab.yaml`,
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller checks what it gets, and an empty answer is one that it does not expect.
    return null;
  }
}

/** The API says why in `message`; a proxy before it answers anything. */
function wordsOf(text: string, status: number): string {
  const body = parsed(text);
  const said =
    typeof body === "object" && body !== null && "message" in body ? String(body.message) : text;
  const line = said.replaceAll(/\s+/g, " ").trim().slice(0, 500);
  return line === "" ? `status ${status}` : `${line} (status ${status})`;
}
