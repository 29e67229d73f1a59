import { describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../src/domain/errors.ts";
import { createLogSender } from "../../src/worker/log-sender.ts";
import { tempDir } from "../helpers/temp.ts";
import { messageOf } from "../run/request.ts";

/** The other side: what it has, by stream. */
function receiver() {
  const logs: Record<string, string> = { stdout: "", stderr: "" };
  const calls: string[] = [];
  return {
    logs,
    calls,
    async log(_: string, stream: "stdout" | "stderr", offset: number, bytes: Uint8Array) {
      const before = logs[stream] ?? "";
      calls.push(`${stream} ${offset}`);
      if (offset <= before.length) {
        logs[stream] = before + new TextDecoder().decode(bytes).slice(before.length - offset);
      }
      return { offset: logs[stream]?.length ?? 0 };
    },
  };
}

describe("createLogSender()", () => {
  test("sends what is new, in pieces, and nothing when there is nothing", async () => {
    using temp = tempDir();
    const there = receiver();
    const logs = createLogSender(there, "a", temp.path, 4);
    expect(await logs.send()).toBeFalse();
    writeFileSync(join(temp.path, "stdout.log"), "0123456789");
    writeFileSync(join(temp.path, "stderr.log"), "err");
    expect(await logs.send()).toBeTrue();
    appendFileSync(join(temp.path, "stdout.log"), "abc");
    expect(await logs.send()).toBeTrue();
    expect(await logs.send()).toBeFalse();
    expect(there.logs).toEqual({ stdout: "0123456789abc", stderr: "err" });
  });

  test("goes on where the other side is, whoever sent before, and rewinds when it lost some", async () => {
    using temp = tempDir();
    const there = receiver();
    there.logs["stdout"] = "01234";
    writeFileSync(join(temp.path, "stdout.log"), "0123456789");
    const logs = createLogSender(there, "a", temp.path, 4);
    while (await logs.send());
    expect(there.logs["stdout"]).toBe("0123456789");
    there.logs["stdout"] = "012";
    appendFileSync(join(temp.path, "stdout.log"), "abc");
    while (await logs.send());
    expect(there.logs["stdout"]).toBe("0123456789abc");
  });

  test("does not send again what the other side refuses for good", async () => {
    using temp = tempDir();
    const there = receiver();
    const full = async (
      attempt: string,
      stream: "stdout" | "stderr",
      at: number,
      b: Uint8Array,
    ) => {
      if (stream === "stderr") return there.log(attempt, stream, at, b);
      there.calls.push("refused");
      throw new LabError("usage", "the log is full");
    };
    const logs = createLogSender({ log: full }, "a", temp.path, 100);
    for (const name of ["stdout", "stderr"]) writeFileSync(join(temp.path, `${name}.log`), name);
    expect(await messageOf(logs.send())).toBe("the log is full");
    while (await logs.send());
    expect(there.calls).toEqual(["refused", "stderr 0"]);
  });

  test("goes on with the end of a log that was cut while it grew", async () => {
    using temp = tempDir();
    const there = receiver();
    const logs = createLogSender(there, "a", temp.path, 100);
    writeFileSync(join(temp.path, "stdout.log"), "0123456789");
    await logs.send();
    writeFileSync(join(temp.path, "stdout.log"), "0123");
    await logs.send();
    appendFileSync(join(temp.path, "stdout.log"), "new");
    await logs.send();
    expect(there.logs["stdout"]).toBe("0123456789new");
  });
});
