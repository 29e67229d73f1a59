import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The example of an engine of one's own. */
export const SSH_ENGINE = resolve(import.meta.dir, "../../examples/engines/ssh.sh");

/** Each host is a folder; what ssh would run there runs here, with that folder as its home. */
const SSH = `#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
[ ! -e "$FAKE_HOSTS/silent" ] || { echo "ssh: connect to host $1: timed out" >&2; exit 255; }
HOME=$FAKE_HOSTS/$1 exec sh -c "$2"
`;

/** Makes hosts in a folder; an ssh on this PATH reaches them, as long as there is no file `silent`. */
export function fakeHosts(folder: string, hosts: readonly string[]): Record<string, string> {
  const bin = join(folder, "bin");
  for (const name of ["bin", ...hosts]) mkdirSync(join(folder, name));
  writeFileSync(join(bin, "ssh"), SSH);
  chmodSync(join(bin, "ssh"), 0o755);
  return { PATH: `${bin}:${process.env["PATH"]}`, FAKE_HOSTS: folder };
}
