import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { install, machine, SHELLS } from "./install-machine.ts";
import { fakeLabctl, serveRelease } from "./release-server.ts";

const TEXT = readFileSync(join(import.meta.dir, "../../scripts/install.sh"), "utf8");
const BINARY = process.env["LABCTL_BIN"] ?? "";

describe.concurrent.each(SHELLS.map((words) => ({ shell: words.join(" "), words })))(
  "install.sh under $shell",
  ({ words: shell }) => {
    test("does nothing when it arrived cut short", async () => {
      using on = machine();
      using server = serveRelease({ "labctl-linux-x64": fakeLabctl("9.0.0") });
      const end = TEXT.trimEnd().length;
      const cuts = [4000, 9000, ...Array.from({ length: 14 }, (_, index) => end - 1 - index)];
      for (const cut of cuts) {
        const env = { LABCTL_INSTALL_BASE: server.url };
        const { stdout } = await install(on, [], { shell, env, script: TEXT.slice(0, cut) });
        expect({ cut, stdout }).toEqual({ cut, stdout: "" });
      }
      expect({ asked: server.asked, left: readdirSync(on.home) }).toEqual({ asked: [], left: [] });
    });
  },
);

describe.concurrent("install.sh", () => {
  const sums = join(dirname(BINARY), "SHA256SUMS");
  test.skipIf(BINARY === "" || !existsSync(sums))(
    "installs the labctl that was built",
    async () => {
      using on = machine();
      const { code, stdout } = await install(on, ["--from", BINARY, "--dir", on.home]);
      expect({ code, said: stdout.split(" into ")[0] }).toEqual({
        code: 0,
        said: `installed ${Bun.spawnSync([BINARY, "--version"]).stdout.toString().trim()}`,
      });
      expect(readdirSync(on.home)).toEqual(["labctl"]);
    },
  );
});
