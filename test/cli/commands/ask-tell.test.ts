import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { existsSync, readFileSync } from "node:fs";
import { cleanEnv, labctl, labctlCommand } from "../../helpers/cli.ts";

const OPEN = '{"op":"open","space":{"x":{"low":0,"high":1}},"seed":1}';

/** A running `labctl ask-tell` that is talked to line by line. */
function talk() {
  const child = Bun.spawn(labctlCommand(["ask-tell"]), {
    env: cleanEnv(),
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let buffered = "";
  async function reply(): Promise<Record<string, unknown>> {
    for (;;) {
      const end = buffered.indexOf("\n");
      if (end >= 0) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 1);
        return JSON.parse(line);
      }
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ended: ${await child.stderr.text()}`);
      buffered += value;
    }
  }
  return {
    child,
    send: (text: string | Uint8Array): void => {
      void child.stdin.write(text);
      void child.stdin.flush();
    },
    reply,
    async end(): Promise<number> {
      await child.stdin.end();
      return child.exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

test("ask-tell answers each line before the next one is sent, and needs no data root", async () => {
  await using process = talk();
  for (let search = 0; search < 2; search++) {
    process.send(`${OPEN}\n`);
    expect(await process.reply()).toEqual({ ok: true });
    process.send('{"op":"ask"}\n');
    expect(await process.reply()).toEqual({ id: "0", params: { x: expect.any(Number) } });
    process.send('{"op":"tell","id":"0","value":1.2}\n');
    expect(await process.reply()).toEqual({ ok: true });
    process.send('{"op":"close"}\n');
    expect(await process.reply()).toEqual({ ok: true });
  }
  expect(await process.end()).toBe(0);
});

test("ask-tell lives on after every kind of bad line, and keeps its search", async () => {
  await using process = talk();
  process.send(`${OPEN}\n{"op":"ask"}\n`);
  await process.reply();
  await process.reply();
  const bad = ['{"op":"as', "NaN", '{"op":"tell","id":"5","value":1}', '{"op":"jump"}', "[", "7"];
  for (const line of [...bad, new Uint8Array([255, 254])]) {
    process.send(line);
    process.send("\n");
    expect(await process.reply()).toMatchObject({ ok: false, error: { hint: expect.any(String) } });
  }
  process.send('{"op":"tell","id":"0","value":1}\n');
  expect(await process.reply()).toEqual({ ok: true });
});

test("ask-tell refuses a line of 50 MB without holding it", async () => {
  await using process = talk();
  const part = new Uint8Array(1 << 20).fill(97);
  for (let megabyte = 0; megabyte < 50; megabyte++) process.send(part);
  process.send(`\n${OPEN}\n`);
  const { error } = await process.reply();
  expect(JSON.stringify(error)).toContain(`a line of ${50 << 20} bytes`);
  expect(await process.reply()).toEqual({ ok: true });
  const status = `/proc/${process.child.pid}/status`;
  if (!existsSync(status)) return;
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1]);
  expect(peak).toBeLessThan(220_000);
});

test("ask-tell answers what the input ends with: a whole line as such, half a line with an error", async () => {
  const whole = await labctl(["ask-tell"], { stdin: OPEN });
  expect([whole.code, whole.stdout]).toEqual([0, '{"ok":true}\n']);
  const half = await labctl(["ask-tell"], { stdin: `${OPEN}\n\n{"op":"ask` });
  expect(half.code).toBe(0);
  expect(half.stdout).toStartWith('{"ok":true}\n{"ok":false,"error":{"code":"usage",');
  expect((await labctl(["ask-tell"])).stdout).toBe("");
});

test("whatever bytes arrive, ask-tell answers each line and then a good one", async () => {
  await using process = talk();
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).filter((bytes) => !bytes.includes(10)),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc
      .record({
        op: fc.constantFrom("ask", "tell", "close"),
        id: fc.jsonValue(),
        value: fc.double(),
      })
      .map((message) => new TextEncoder().encode(JSON.stringify(message))),
  );
  let searches = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 10 }), async (lines) => {
      for (const bytes of lines) {
        process.send(bytes);
        process.send("\n");
      }
      // A name nothing random has; its reply says that all replies before it were read.
      searches += 1;
      process.send(`{"op":"tell","id":"end ${searches}","status":"failed"}\n`);
      process.send(`{"op":"end ${searches}"}\n`);
      for (;;) {
        const reply = await process.reply();
        expect("ok" in reply || "id" in reply).toBeTrue();
        if (JSON.stringify(reply).includes(`"end ${searches}\\"`)) {
          if (JSON.stringify(reply).includes("op: expected")) break;
        }
      }
    }),
    { numRuns: 40 },
  );
  process.send('{"op":"close"}\n');
  await process.reply();
  process.send(`${OPEN}\n`);
  expect(await process.reply()).toEqual({ ok: true });
});
