import { expect, test } from "bun:test";
import { join } from "node:path";
import { oomKills, wasKilledForMemory } from "../../src/worker/oom.ts";
import { failureClassOf } from "../../src/worker/report-outcome.ts";
import { tempDir } from "../helpers/temp.ts";
import { writeFiles } from "../run/request.ts";

test("oomKills() asks the own cgroup, of version 2 or 1, and else the whole machine", () => {
  using temp = tempDir();
  const [proc, groups] = [join(temp.path, "proc"), join(temp.path, "cgroup")];
  expect(oomKills(proc, groups)).toBeNull();
  writeFiles(proc, { vmstat: "nr_free_pages 1\noom_kill 7\n", "self/cgroup": "0::/job\n" });
  expect(oomKills(proc, groups)).toEqual({ source: join(proc, "vmstat"), count: 7 });
  writeFiles(groups, { "job/memory.events": "oom 2\noom_kill 1\noom_group_kill 0\n" });
  expect(oomKills(proc, groups)).toEqual({
    source: join(groups, "job/memory.events"),
    count: 1,
  });
  writeFiles(proc, { "self/cgroup": "9:cpu,memory:/old\n" });
  writeFiles(groups, { "memory/old/memory.oom_control": "under_oom 0\noom_kill 3\n" });
  expect(oomKills(proc, groups)).toMatchObject({ count: 3 });
});

test("a run is out of memory when the kernel killed it meanwhile, by the same count", () => {
  const at = (count: number, source = "a") => ({ source, count });
  expect(wasKilledForMemory(at(1), at(2))).toBeTrue();
  expect(wasKilledForMemory(at(1), at(1))).toBeFalse();
  expect(wasKilledForMemory(at(1), at(2, "b"))).toBeFalse();
  expect(wasKilledForMemory(null, at(2))).toBeFalse();
  expect(failureClassOf({ outcome: "failed", exit_code: null }, true)).toBe("oom");
  expect(failureClassOf({ outcome: "failed", exit_code: 1 }, true)).toBe("user");
  expect(failureClassOf({ outcome: "failed", exit_code: null }, false)).toBe("user");
  expect(failureClassOf({ outcome: "success", exit_code: 0 }, true)).toBeNull();
  expect(failureClassOf({ outcome: "timeout", exit_code: null }, false)).toBe("timeout");
  expect(() => failureClassOf({ outcome: "odd" }, false)).toThrow("outcome");
});
