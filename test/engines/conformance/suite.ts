import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../../src/domain/errors.ts";
import type { Engine, JobHandle, JobRequest, JobStatus } from "../../../src/engines/engine.ts";
import { until } from "../until.ts";

export interface EngineUnderTest {
  engine: Engine;
  /** Beginning of the tags; ends in `-`. */
  prefix: string;
  options?: JobRequest["options"];
  /** Its scheduler does not answer any more. */
  silence(): Promise<void> | void;
  close(): Promise<void> | void;
}

/** A real cluster may have to be installed first. */
const HOOK_MS = 120_000;

/** What every engine promises (src/engines/engine.ts), on real processes. */
export function engineSuite(name: string, open: () => Promise<EngineUnderTest>): void {
  describe(name, () => {
    let folder: string;
    let subject: EngineUnderTest;
    let engine: Engine;
    let last = 0;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "lab-engine-"));
      subject = await open();
      engine = subject.engine;
    }, HOOK_MS);
    afterAll(async () => {
      await subject.close();
      rmSync(folder, { recursive: true, force: true });
    }, HOOK_MS);

    /** A job that runs a shell script; `$1` is a folder for its traces, `$2` its tag. */
    function job(script: string, changes: Partial<JobRequest> = {}): JobRequest {
      const tag = `${subject.prefix}${(last += 1)}`;
      return {
        tag,
        argv: ["sh", "-c", script, "job", folder, tag],
        stdin: `secret of ${tag} $HOME 'quoted' \\n\n`,
        needs: { gpus: 0, labels: [] },
        cpus: 1,
        memory_mb: null,
        time_limit_s: 600,
        avoid_nodes: [],
        options: subject.options ?? {},
        ...changes,
      };
    }

    const trace = (tag: string): string => join(folder, tag);
    const read = (tag: string): string => readFileSync(trace(tag), "utf8");
    /** Says that it runs, then goes on until TERM. */
    const UNTIL_TERM = `trap 'echo term >> "$1/$2"; exit 0' TERM; echo runs >> "$1/$2"; while :; do sleep 0.05; done`;

    async function submitted(jobs: JobRequest[]): Promise<JobHandle[]> {
      const replies = await engine.submit(jobs);
      return replies.map((reply) => {
        if ("handle" in reply) return reply.handle;
        throw new Error(reply.error.message);
      });
    }

    async function statusOf(handle: JobHandle): Promise<JobStatus> {
      const [status] = await engine.status([handle]);
      if (status === undefined) throw new Error("no status");
      return status;
    }

    const gone = (handle: JobHandle): Promise<JobStatus> =>
      until(async () => {
        const status = await statusOf(handle);
        return status.state === "gone" ? status : null;
      });

    test("says what it can do", async () => {
      const { protocol, modes, max_batch, min_poll_s } = await engine.capabilities();
      expect(protocol).toBe(1);
      expect(modes).toContain("pilot");
      expect(max_batch).toBeGreaterThan(0);
      expect(min_poll_s).toBeGreaterThanOrEqual(0);
    });

    test("would take an ordinary job", async () => {
      expect(await engine.validate(job("true"))).toBeNull();
    });

    test("hands a job its words and its input as they are", async () => {
      const odd = job(`cat > "$1/$2"; shift 2; printf '%s|' "$@" >> "$1"`);
      odd.argv.push(trace(odd.tag), "a b", `it's "$HOME"`, "*", "");
      const [handle] = await submitted([odd]);
      if (handle === undefined) throw new Error("no handle");
      expect(handle.tag).toBe(odd.tag);
      expect(await gone(handle)).toMatchObject({ state: "gone", ended: "done" });
      expect(read(odd.tag)).toBe(`${odd.stdin}${trace(odd.tag)}|a b|it's "$HOME"|*||`);
    });

    test("says that a job failed", async () => {
      const [handle] = await submitted([job("echo no luck >&2; exit 3")]);
      if (handle === undefined) throw new Error("no handle");
      expect(await gone(handle)).toMatchObject({ state: "gone", ended: "failed" });
    });

    test("does not submit a tag twice", async () => {
      const once = job(`echo x >> "$1/$2"; ${UNTIL_TERM}`);
      const [first] = await submitted([once]);
      await until(() => existsSync(trace(once.tag)) || null);
      const [second] = await submitted([once]);
      expect(second?.tag).toBe(once.tag);
      if (first === undefined) throw new Error("no handle");
      await engine.cancel([first], 5);
      await gone(first);
      expect(read(once.tag).match(/x/g)).toHaveLength(1);
    });

    test("finds its jobs by their tag, submits several, and asks them to end", async () => {
      const jobs = [job(UNTIL_TERM), job(UNTIL_TERM), job(UNTIL_TERM)];
      const handles = await submitted(jobs);
      expect(handles.map(({ tag }) => tag)).toEqual(jobs.map(({ tag }) => tag));
      await until(() => jobs.every(({ tag }) => existsSync(trace(tag))) || null);
      const found = await engine.discover(subject.prefix);
      for (const { tag } of jobs) {
        const one = found.find(({ handle }) => handle.tag === tag);
        expect(["starting", "running"]).toContain(one?.state ?? "not found");
      }
      expect(await engine.discover(`${subject.prefix}nobody-`)).toEqual([]);
      await engine.cancel(handles.slice(0, 1), 5);
      const states = await until(async () => {
        const now = await engine.status(handles);
        return now[0]?.state === "gone" ? now.map(({ state }) => state) : null;
      });
      expect(states).toEqual(["gone", "running", "running"]);
      await engine.cancel(handles, 5);
      for (const handle of handles) await gone(handle);
      expect(jobs.map(({ tag }) => read(tag))).toEqual(Array(3).fill("runs\nterm\n"));
      // Once more changes nothing.
      await engine.cancel(handles, 0);
    });

    test("shows a secret to nobody", async () => {
      const long = job(UNTIL_TERM);
      const [handle] = await submitted([long]);
      await until(() => existsSync(trace(long.tag)) || null);
      const secret = `secret of ${long.tag}`;
      const shown = readdirSync("/proc")
        .filter((pid) => /^\d+$/.test(pid))
        .filter((pid) =>
          ["cmdline", "environ"].some((file) => holds(`/proc/${pid}/${file}`, secret)),
        );
      expect(shown).toEqual([]);
      if (handle !== undefined) await engine.cancel([handle], 5);
    });

    test("takes a job that it does not know for gone, not for failed", async () => {
      const tag = `${subject.prefix}99999`;
      const handle = { tag, id: "1", submitted_at: new Date().toISOString() };
      const status = await statusOf(handle);
      expect(status.state).toBe("gone");
      expect(status.ended).toBeUndefined();
      await engine.cancel([handle], 0);
      await engine.cleanup([handle]);
      expect(await engine.logs(handle)).toBeNull();
    });

    test("never says of a scheduler's silence that a job is gone", async () => {
      const long = job(UNTIL_TERM);
      const [handle] = await submitted([long]);
      if (handle === undefined) throw new Error("no handle");
      await subject.silence();
      const { state, reason } = await statusOf(handle);
      expect(state).toBe("unknown");
      expect(reason).not.toBe("");
      const trouble = await engine.discover(subject.prefix).catch((error: unknown) => error);
      expect(trouble).toBeInstanceOf(LabError);
      expect(trouble).toMatchObject({ code: "try-later" });
      const [reply] = await engine.submit([job("true")]).catch(() => []);
      if (reply !== undefined) expect(reply).toMatchObject({ error: { retry: true } });
    });
  });
}

function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, "latin1").includes(text);
  } catch {
    // It ended meanwhile, or is not ours to read.
    return false;
  }
}
