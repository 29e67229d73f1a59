import type { Lab } from "../app/lab.ts";
import { LabError } from "../domain/errors.ts";

/** The name that `--worker` says, else that of this host, as far as it can be a name. */
export function workerName(given: string | undefined, lab: Pick<Lab, "processes">): string {
  if (given !== undefined && given !== "") {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(given)) return given;
    throw new LabError("usage", `--worker ${JSON.stringify(given)} cannot be a name`, {
      hint: "use letters, digits, '.', '_' and '-', at most 100",
    });
  }
  const host = lab.processes
    .self()
    .host.replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 100);
  return /^[A-Za-z0-9]/.test(host) ? host : "worker";
}
