import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderHash } from "../helpers/folder-hash.ts";
import { install, machine, SHELLS, tool, USERS, type Machine } from "./install-machine.ts";
import { checksums, fakeLabctl, serveHalf, serveRelease, sha256 } from "./release-server.ts";

const NAME = "labctl-linux-x64";
const WAYS = SHELLS.flatMap((words) =>
  USERS.map((user) => ({ shell: words.join(" "), words, user })),
);
/** A tmpfs can be mounted in a mount namespace of one's own. */
const canMount = Bun.spawnSync(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]).success;

/** Puts labctl 0.0.1 into ~/.local/bin; returns that folder. */
function older(on: Machine): string {
  const dir = join(on.home, ".local/bin");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "labctl"), fakeLabctl("0.0.1"));
  chmodSync(join(dir, "labctl"), 0o755);
  return dir;
}

const versionIn = (dir: string): string =>
  Bun.spawnSync([join(dir, "labctl"), "--version"])
    .stdout.toString()
    .trim();

describe.concurrent.each(WAYS)("install.sh under $shell as $user", ({ words: shell, user }) => {
  const how = { shell, user };

  test("installs where nothing was, runs it, and says what PATH lacks", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    on.giveAway();
    const { code, stdout, stderr } = await install(on, ["--from", server.url], how);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const dir = join(on.home, ".local/bin");
    expect(stdout).toStartWith(`installed labctl 9.0.0 into ${dir}\n`);
    expect(stdout).toContain(`export PATH="${dir}:$PATH"' >> ~/.bashrc`);
    expect(versionIn(dir)).toBe("labctl 9.0.0");
    expect(readdirSync(dir)).toEqual(["labctl"]);
  });

  test.each(["wrong checksum", "interrupted", "not found", "does not run", "another version"])(
    "leaves everything as it was: %s",
    async (trouble) => {
      const broken = trouble === "does not run" ? "#!/bin/sh\nexit 3\n" : fakeLabctl("9.0.0");
      const lie = { SHA256SUMS: `${sha256("other")}  ${NAME}\n` };
      const files =
        trouble === "not found" ? {} : { [NAME]: broken, ...(trouble === "wrong checksum" && lie) };
      using server = trouble === "interrupted" ? serveHalf(files) : serveRelease(files);
      const args = ["--from", server.url];
      if (trouble === "another version") args.push("--version", "8.0.0");
      for (const upgrade of [false, true]) {
        using on = machine();
        if (upgrade) older(on);
        on.giveAway();
        const before = folderHash(on.home);
        const { code, stdout, stderr } = await install(on, args, how);
        expect({ code, stdout }).toEqual({ code: trouble === "interrupted" ? 75 : 1, stdout: "" });
        expect(stderr).toMatch(/^install\.sh: [^\n]*\n$/);
        expect(folderHash(on.home)).toBe(before);
      }
    },
  );

  test("upgrades, and then has nothing to do", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    const dir = older(on);
    on.giveAway();
    const args = ["--from", server.url, "--dir", dir];
    const first = await install(on, args, { ...how, env: { PATH: `${dir}:${on.bin}` } });
    expect(first.stdout).toBe(`installed labctl 9.0.0 into ${dir} (before: labctl 0.0.1)\n`);
    expect((await install(on, args, how)).stdout).toStartWith("labctl 9.0.0 is in ");
    expect(server.asked.filter((path) => path === NAME)).toHaveLength(1);
  });

  test.skipIf(!canMount)("keeps the older one on a full disk", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0", 1 << 20) });
    const dir = older(on);
    const mount = `mount -t tmpfs -o size=200k,mode=777 none ${dir} && cp ${on.home}/kept ${dir}/labctl &&
      "$@"; code=$?; ls -A ${dir}; ${dir}/labctl --version; exit $code`;
    writeFileSync(join(on.home, "kept"), fakeLabctl("0.0.1"));
    chmodSync(join(on.home, "kept"), 0o755);
    const under = [tool("unshare"), "-m", tool("bash"), "-c", mount, "-"];
    const args = ["--from", server.url, "--dir", dir];
    const env = { PATH: `${on.bin}:/usr/bin:/bin` };
    const { code, stdout, stderr } = await install(on, args, { ...how, under, env });
    expect({ code, stdout }).toEqual({ code: 75, stdout: "labctl\nlabctl 0.0.1\n" });
    expect(stderr).toMatch(/^install\.sh: the disk of [^\n]* is full[^\n]*\n$/);
  });

  test("with wget where there is no curl, and any program for digests", async () => {
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    for (const digests of ["shasum", "openssl", "busybox"].filter((name) => Bun.which(name))) {
      using on = machine(["wget", digests, "perl"]);
      on.giveAway();
      const { code, stderr } = await install(on, ["--from", server.url], how);
      expect({ digests, code, stderr }).toEqual({ digests, code: 0, stderr: "" });
    }
  });
});

describe.concurrent("install.sh", () => {
  test.skipIf(USERS.length < 2)("says in one line that a folder is read-only", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    const dir = older(on);
    for (const target of [dir, join(dir, "new/deeper")]) {
      const before = folderHash(on.home);
      const args = ["--from", server.url, "--dir", target];
      const { code, stderr } = await install(on, args, { user: "nobody" });
      expect(code).toBe(75);
      expect(stderr).toMatch(/^install\.sh: cannot [^\n]*Permission denied; pass --dir [^\n]*\n$/);
      expect(folderHash(on.home)).toBe(before);
    }
  });

  test.skipIf(!canMount || process.getuid?.() !== 0)("goes to /usr/local/bin as root", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    const mount = `mount -t tmpfs none /usr/local/bin; "$@" && ls -A /usr/local/bin; ls -A ${on.home}`;
    const under = [tool("unshare"), "-m", tool("bash"), "-c", mount, "-"];
    const env = { PATH: `${on.bin}:/usr/bin:/bin`, LABCTL_INSTALL_DIR: "" };
    const { stdout } = await install(on, ["--from", server.url], { under, env });
    expect(stdout).toEndWith("\nlabctl\n");
  });

  test.each([
    ["curl and wget", ["sha256sum"], "needs curl or wget"],
    ["a digest program", ["curl"], "needs sha256sum, shasum, openssl or busybox"],
  ])("without %s it says what it needs", async (_, tools, why) => {
    using on = machine(tools);
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    const { code, stderr } = await install(on, ["--from", server.url, "--dir", `${on.home}/bin`]);
    expect(code).toBe(1);
    expect(stderr).toContain(why);
    expect(readdirSync(on.home)).toEqual([]);
  });

  test("takes a folder, or one file with its digest", async () => {
    using on = machine(["sha256sum"]);
    const folder = join(on.home, "a folder");
    mkdirSync(folder);
    const file = join(folder, NAME);
    writeFileSync(file, fakeLabctl("9.0.0"));
    const from = async (...args: string[]) => {
      const { code, stderr } = await install(on, ["--dir", join(on.home, "b"), "--from", ...args]);
      const made = existsSync(join(on.home, "b/labctl"));
      Bun.spawnSync(["rm", "-rf", join(on.home, "b")]);
      return { code, stderr, made };
    };
    const done = { code: 0, stderr: "", made: true };
    expect((await from(file)).stderr).toContain("comes without a digest");
    expect(await from(file, "--sha256", sha256(fakeLabctl("9.0.0")).toUpperCase())).toEqual(done);
    expect((await from(file, "--sha256", sha256("x"))).stderr).toContain("is not what its digest");
    writeFileSync(`${file}.sha256`, `${sha256(fakeLabctl("9.0.0"))}\n`);
    expect(await from(file)).toEqual(done);
    writeFileSync(join(folder, "SHA256SUMS"), checksums({ [NAME]: fakeLabctl("9.0.0") }));
    expect(await from(folder)).toEqual(done);
    expect((await from(join(on.home, "none"))).stderr).toContain("no such file or folder");
  });

  test("puts the version into a base that has a place for it", async () => {
    using on = machine();
    using server = serveRelease({
      SHA256SUMS: "",
      "v9.0.0/SHA256SUMS": checksums({ [NAME]: fakeLabctl("9.0.0") }),
      [`v9.0.0/${NAME}`]: fakeLabctl("9.0.0"),
    });
    const env = { LABCTL_INSTALL_BASE: `${server.url}/v{version}`, LABCTL_INSTALL_DIR: on.home };
    const { stderr } = await install(on, ["--version", "v9.0.0"], { env });
    expect({ stderr, version: versionIn(on.home) }).toEqual({
      stderr: "",
      version: "labctl 9.0.0",
    });
  });

  test("removes labctl and nothing else", async () => {
    using on = machine();
    const dir = older(on);
    writeFileSync(join(dir, "other"), "");
    expect((await install(on, ["--uninstall", "--dir", dir])).stdout).toBe(
      `removed ${join(dir, "labctl")}\n`,
    );
    expect(readdirSync(dir)).toEqual(["other"]);
    const again = await install(on, ["--uninstall", "--dir", dir]);
    expect(again.stderr).toContain(`there is no labctl in ${dir}`);
  });

  test("does not take a folder of that name for an older version", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    mkdirSync(join(on.home, "labctl"));
    const { code, stderr } = await install(on, ["--from", server.url, "--dir", on.home]);
    expect(code).toBe(1);
    expect(stderr).toContain("is a folder; move it away");
    expect(readdirSync(join(on.home, "labctl"))).toEqual([]);
  });

  test("replaces a link, not what it points to", async () => {
    using on = machine();
    using server = serveRelease({ [NAME]: fakeLabctl("9.0.0") });
    const dir = older(on);
    mkdirSync(join(on.home, "bin"));
    symlinkSync(join(dir, "labctl"), join(on.home, "bin/labctl"));
    await install(on, ["--from", server.url, "--dir", join(on.home, "bin")]);
    expect([versionIn(dir), versionIn(join(on.home, "bin"))]).toEqual([
      "labctl 0.0.1",
      "labctl 9.0.0",
    ]);
  });

  test.each([
    [["--frm", "x"], "unknown argument '--frm'"],
    [["--from"], "--from needs a value"],
    [["--sha256", "12"], "expected 64 hexadecimal digits"],
    [[], "where from? pass --from"],
  ])("refuses %j with exit 2", async (args, why) => {
    using on = machine();
    const { code, stderr } = await install(on, args);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
    expect(readdirSync(on.home)).toEqual([]);
  });
});
