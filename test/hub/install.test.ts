import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { openBinaries } from "../../src/hub/binaries.ts";
import { hubCertificate } from "../../src/hub/certificate.ts";
import { installRoutes } from "../../src/hub/routes/install.ts";
import { startServer } from "../../src/hub/server.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { testHub } from "../helpers/hub-server.ts";
import { tempDir } from "../helpers/temp.ts";
import { install, machine } from "../scripts/install-machine.ts";
import { checksums, fakeLabctl, sha256 } from "../scripts/release-server.ts";

const NAMES = ["labctl-linux-x64", "labctl-linux-arm64"];

/** A folder as `bun run build` leaves it, for two platforms. */
function release() {
  const dir = tempDir();
  for (const name of NAMES) writeFileSync(join(dir.path, name), fakeLabctl("9.0.0"));
  writeFileSync(join(dir.path, "labctl-secret"), "no");
  return dir;
}

describe("installRoutes()", () => {
  test("lets a machine that has nothing install labctl, without a token", async () => {
    using dir = release();
    const binaries = openBinaries(null, [dir.path]);
    await using hub = testHub(installRoutes({ binaries, pin: null, isHttps: false }));
    using on = machine();
    const script = await (await hub.ask("/install.sh", { token: null })).text();
    const { code, stdout, stderr } = await install(on, [], { script });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toStartWith("installed labctl 9.0.0 into ");
  });

  test.each([["curl"], ["wget"]])("over https, by its pin, with %s", async (program) => {
    using dir = release();
    const own = hubCertificate(join(dir.path, "hub"), ["127.0.0.1"], new Date());
    const server = startServer({
      routes: installRoutes({
        binaries: openBinaries(null, [dir.path]),
        pin: own.pin,
        isHttps: true,
      }),
      tokens: { identify: () => ({ scope: "read", id: "x" }) },
      host: "127.0.0.1",
      port: 0,
      tls: own,
      clock: systemClock,
      log: { info: () => {}, warn: () => {} },
    });
    const tls = { ca: own.cert };
    const script = await (await fetch(`${server.url}/install.sh`, { tls })).text();
    using on = machine([program, "sha256sum", "openssl"]);
    const wrong = await install(on, ["--pin", sha256("x"), "--from", `${server.url}/bin`]);
    const right = await install(on, [], { script });
    await server.stop();
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("shows another certificate");
    expect({ code: right.code, stderr: right.stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("gives out the executables of a release and nothing else", async () => {
    using dir = release();
    await using hub = testHub(
      installRoutes({ binaries: openBinaries(null, [dir.path]), pin: null, isHttps: false }),
    );
    const files = Object.fromEntries(NAMES.map((name) => [name, fakeLabctl("9.0.0")]));
    const sums = await hub.ask("/bin/SHA256SUMS", { token: null });
    expect(await sums.text()).toBe(checksums(files));
    for (const name of ["labctl-secret", "labctl-darwin-x64", "..%2fpasswd", "labctl"]) {
      const { status } = await hub.ask(`/bin/${name}`, { token: null });
      expect({ name, refused: status === 404 || status === 400 }).toEqual({ name, refused: true });
    }
  });

  test("never puts a made-up Host into the script", async () => {
    using dir = release();
    await using hub = testHub(
      installRoutes({ binaries: openBinaries(null, [dir.path]), pin: null, isHttps: false }),
    );
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(hub.server.port, "127.0.0.1");
      let said = "";
      socket.on("data", (bytes) => (said += bytes.toString()));
      socket.on("end", () => resolve(said)).on("error", reject);
      socket.write("GET /install.sh HTTP/1.1\r\nHost: a';reboot;'\r\nConnection: close\r\n\r\n");
    });
    expect(answer).not.toContain("reboot");
  });
});

describe("openBinaries()", () => {
  test("has its own executable for its own platform, also after it was replaced", async () => {
    using dir = tempDir();
    const own = join(dir.path, "labctl");
    writeFileSync(own, "one");
    const binaries = openBinaries(own, []);
    expect(await binaries.checksums()).toStartWith(`${sha256("one")}  labctl-linux-`);
    writeFileSync(own, "the other");
    const [digest, name = ""] = (await binaries.checksums()).trim().split("  ");
    expect(digest).toBe(sha256("the other"));
    expect(readFileSync(binaries.path(name) ?? "", "utf8")).toBe("the other");
  });
});
