import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createExternal } from "../../../src/engines/external/external.ts";
import { tempDir } from "../../helpers/temp.ts";
import { engineSuite } from "./suite.ts";

const EXAMPLE = resolve(import.meta.dir, "../../../examples/engines/ssh.sh");

/** Each host is a folder; what ssh would run there runs here, with that folder as its home. */
const SSH = `#!/bin/sh
while [ "$1" = -o ]; do shift 2; done
[ ! -e "$FAKE_HOSTS/silent" ] || { echo "ssh: connect to host $1: timed out" >&2; exit 255; }
HOME=$FAKE_HOSTS/$1 exec sh -c "$2"
`;

engineSuite("examples/engines/ssh.sh, with hosts that are folders", async () => {
  const dir = tempDir();
  const bin = join(dir.path, "bin");
  for (const folder of ["bin", "one", "two"]) mkdirSync(join(dir.path, folder));
  writeFileSync(join(bin, "ssh"), SSH);
  chmodSync(join(bin, "ssh"), 0o755);
  const external = createExternal({
    name: "ssh",
    command: [EXAMPLE, "one", "two"],
    environment: {
      ...process.env,
      PATH: `${bin}:${process.env["PATH"]}`,
      FAKE_HOSTS: dir.path,
      LAB_SSH_JOBS: "8",
    },
  });
  const { engine } = external;
  return {
    engine,
    prefix: "lab-0-ssh-",
    silence: () => writeFileSync(join(dir.path, "silent"), ""),
    async close() {
      await Bun.$`rm -f ${join(dir.path, "silent")}`;
      const left = await engine.discover("lab-0-ssh-");
      await engine.cancel(
        left.map(({ handle }) => handle),
        0,
      );
      await external.close();
      dir[Symbol.dispose]();
    },
  };
});
