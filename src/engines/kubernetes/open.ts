import { existsSync, readFileSync } from "node:fs";
import { LabError } from "../../domain/errors.ts";
import type { KubernetesOptions } from "../../domain/spec/engine-kinds.ts";
import type { Engine } from "../engine.ts";
import { createKubernetes } from "./kubernetes.ts";

/** Where Kubernetes puts the files of a pod's service account. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const TIMEOUT_MS = 30_000;

/** The engine for these options; in a pod, address, token, authority and namespace are the pod's own. */
export function openKubernetes(
  options: KubernetesOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Engine {
  const host = environment["KUBERNETES_SERVICE_HOST"];
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "443";
  const inPod =
    host === undefined ? null : `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const server = options.server ?? inPod;
  if (server === null) {
    throw new LabError("usage", "Kubernetes: this is no pod, and no server is set", {
      hint: "set engines.kubernetes: {server: https://..., token_file: ..., ca_file: ..., namespace: ...} in lab.yaml",
    });
  }
  const problem = serverProblem(server);
  if (problem !== null) throw new LabError("usage", `engines.kubernetes.server: ${problem}`);
  const ca_file = options.ca_file ?? (options.server === undefined ? `${ACCOUNT}/ca.crt` : null);
  return createKubernetes({
    server: server.replace(/\/+$/, ""),
    token_file: options.token_file ?? `${ACCOUNT}/token`,
    ca_file,
    namespace: options.namespace ?? ownNamespace() ?? "default",
    timeout_ms: TIMEOUT_MS,
  });
}

/** The token goes over it: anything but TLS is for a proxy on this very host. */
function serverProblem(server: string): string | null {
  if (!URL.canParse(server))
    return `expected an address such as https://10.0.0.1:6443, got ${server}`;
  const { protocol, hostname } = new URL(server);
  if (protocol === "https:") return null;
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return protocol === "http:" && isLocal
    ? null
    : `expected https (http is for a proxy on this host, such as kubectl proxy), got ${server}`;
}

function ownNamespace(): string | null {
  const path = `${ACCOUNT}/namespace`;
  return existsSync(path) ? readFileSync(path, "utf8").trim() : null;
}
