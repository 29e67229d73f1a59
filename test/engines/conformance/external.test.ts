import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createExternal } from "../../../src/engines/external/external.ts";
import { tempDir } from "../../helpers/temp.ts";
import { fakeHosts, SSH_ENGINE } from "../fake-ssh.ts";
import { engineSuite } from "./suite.ts";

engineSuite("examples/engines/ssh.sh, with hosts that are folders", async () => {
  const dir = tempDir();
  const prefix = "lab-0-ssh-";
  const external = createExternal({
    name: "ssh",
    command: [SSH_ENGINE, "one", "two"],
    environment: { ...process.env, ...fakeHosts(dir.path, ["one", "two"]), LAB_SSH_JOBS: "8" },
  });
  const { engine } = external;
  return {
    engine,
    prefix,
    silence: () => writeFileSync(join(dir.path, "silent"), ""),
    async close() {
      rmSync(join(dir.path, "silent"), { force: true });
      const left = await engine.discover(prefix);
      await engine.cancel(
        left.map(({ handle }) => handle),
        0,
      );
      await external.close();
      dir[Symbol.dispose]();
    },
  };
});
