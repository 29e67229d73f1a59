import { INSTALL_SCRIPT } from "../../install-script.ts";
import type { Binaries } from "../binaries.ts";
import { refused } from "../refuse.ts";
import type { HubRequest, Route } from "../route.ts";

export interface InstallOptions {
  binaries: Binaries;
  /** Of the hub's own certificate; null: plain HTTP, or a certificate that the system trusts. */
  pin: string | null;
  isHttps: boolean;
}

/**
 * What a machine needs that has nothing yet: `curl -fsSL http://hub:7447/install.sh | sh`. Open to
 * anybody: it is a public program, and no token should be on the command line that fetches it.
 */
export function installRoutes({ binaries, pin, isHttps }: InstallOptions): Route[] {
  return [
    route("/install.sh", async ({ headers }) =>
      text(scriptFor(baseOf(headers.get("host"), isHttps), pin)),
    ),
    route("/bin/SHA256SUMS", async () => text(await binaries.checksums())),
    route("/bin/:name", async ({ params }) => {
      const path = binaries.path(params["name"] ?? "");
      if (path !== null) return new Response(Bun.file(path));
      throw refused(404, "not-found", "this hub has no such executable", {
        hint: "build it with `bun run build --target`, and start the hub with --binaries DIR",
      });
    }),
  ];
}

function route(pattern: string, handle: (request: HubRequest) => Promise<Response>): Route {
  return { method: "GET", pattern, scopes: [], open: true, streams: true, handle };
}

function text(body: string): Response {
  return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

/** Where the client found this hub; "" when its header is not one, which must not get into a script. */
function baseOf(host: string | null, isHttps: boolean): string {
  const isHost = host !== null && /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.test(host);
  return isHost ? `${isHttps ? "https" : "http"}://${host}/bin` : "";
}

function scriptFor(base: string, pin: string | null): string {
  return INSTALL_SCRIPT.replace("default_base=''", `default_base='${base}'`).replace(
    "default_pin=''",
    `default_pin='${pin ?? ""}'`,
  );
}
