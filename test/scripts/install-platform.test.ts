import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { install, machine, pretend, SHELLS, type Pretended } from "./install-machine.ts";
import { fakeLabctl, serveRelease } from "./release-server.ts";

const MUSL = "musl libc (x86_64)";
const BUILDS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
];
const release = Object.fromEntries(BUILDS.map((name) => [`labctl-${name}`, fakeLabctl("9.0.0")]));

/** The executable that the pretended machine downloads, or the one line it is refused with. */
async function chosen(
  what: Pretended,
  shell: readonly string[] = ["dash"],
  args: readonly string[] = [],
): Promise<string> {
  using on = machine();
  using server = serveRelease(release);
  pretend(on, what);
  const dir = join(on.home, "bin");
  const result = await install(on, ["--from", server.url, "--dir", dir, ...args], { shell });
  if (result.code === 0) return server.asked.at(-1) ?? "";
  expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(server.asked).toEqual([]);
  return result.stderr.trimEnd();
}

describe.concurrent.each(SHELLS.map((words) => ({ shell: words.join(" "), words })))(
  "install.sh under $shell",
  ({ words }) => {
    test.each([
      [{ cpu: "x86_64" }, "labctl-linux-x64"],
      [{ cpu: "x86_64", flags: "sse4_2 popcnt" }, "labctl-linux-x64"],
      [{ cpu: "aarch64" }, "labctl-linux-arm64"],
      [{ cpu: "x86_64", ldd: MUSL }, "labctl-linux-x64-musl"],
      [{ cpu: "aarch64", ldd: MUSL }, "labctl-linux-arm64-musl"],
      [{ os: "Darwin", cpu: "x86_64" }, "labctl-darwin-x64"],
      [{ os: "Darwin", cpu: "arm64" }, "labctl-darwin-arm64"],
    ] satisfies [Pretended, string][])("takes the right build for %j", async (what, name) => {
      expect(await chosen(what, words)).toBe(name);
    });
  },
);

describe.concurrent("install.sh", () => {
  test.each([
    [{ os: "FreeBSD", cpu: "amd64" }, "no build for FreeBSD"],
    [{ os: "MINGW64_NT-10.0-19045" }, "on Windows download labctl-windows-x64.exe"],
    [{ cpu: "riscv64" }, "no build for a riscv64 CPU"],
    [{ cpu: "x86_64", bits: "32" }, "32-bit system"],
    [{ cpu: "x86_64", flags: "sse4_1 ssse3" }, "no SSE4.2"],
    [{ ldd: "ldd: not found" }, "neither glibc nor musl"],
  ] satisfies [Pretended, string][])("refuses %j in one line", async (what, why) => {
    expect(await chosen(what)).toContain(why);
  });

  test("takes the arm64 build in a shell that Rosetta translates", async () => {
    using on = machine();
    using server = serveRelease(release);
    pretend(on, { os: "Darwin", cpu: "x86_64" });
    on.fake("sysctl", "echo 1");
    await install(on, ["--from", server.url]);
    expect(server.asked.at(-1)).toBe("labctl-darwin-arm64");
  });

  test.each([
    ["lib/ld-musl-x86_64.so.1", "labctl-linux-x64-musl"],
    ["lib/ld-linux-aarch64.so.1", "labctl-linux-x64"],
  ])("goes by the loader %s where ldd does not say", async (loader, name) => {
    using on = machine();
    using server = serveRelease(release);
    pretend(on, { ldd: "ldd: not found" });
    writeFileSync(join(on.root, loader), "");
    await install(on, ["--from", server.url]);
    expect(server.asked.at(-1)).toBe(name);
  });

  test("believes --platform more than what it sees", async () => {
    const args = ["--platform", "linux-x64-musl"];
    expect(await chosen({ ldd: "ldd: not found" }, ["dash"], args)).toBe("labctl-linux-x64-musl");
    expect(await chosen({}, ["dash"], ["--platform", "amiga"])).toContain("expected linux-x64,");
  });
});
