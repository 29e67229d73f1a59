import { scriptedEngine } from "../scripted-engine.ts";
import { engineSuite } from "./suite.ts";

engineSuite("an engine in memory", async () => {
  const processes = new Map<string, Bun.Subprocess>();
  const scripted = scriptedEngine({
    onSubmit({ request: { tag, argv, stdin } }) {
      const child = Bun.spawn({ cmd: argv, stdin: Buffer.from(stdin), stdout: "ignore" });
      processes.set(tag, child);
      scripted.set(tag, { state: "running", reason: "RUNNING" });
      void child.exited.then((code) => {
        scripted.set(tag, { state: "gone", ended: code === 0 ? "done" : "failed" });
      });
    },
    onCancel: ({ request }) => processes.get(request.tag)?.kill("SIGTERM"),
  });
  return {
    engine: scripted.engine,
    prefix: "lab-0-memory-",
    silence: () => void (scripted.script.silent = true),
    async close() {
      for (const child of processes.values()) child.kill("SIGTERM");
      await Promise.all([...processes.values()].map((child) => child.exited));
    },
  };
});
