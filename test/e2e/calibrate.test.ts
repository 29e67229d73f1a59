import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { faultLab } from "../helpers/fault-lab.ts";
import { assertClean } from "../helpers/lab-checks.ts";
import { writeFiles } from "../run/request.ts";

/** The two of a pair differ by 0.2 or -0.2, and share what comes from the seed. */
const EVALUATE = `n=$(cat "$COUNT" 2>/dev/null || echo 0); echo $((n + 1)) > "$COUNT"
awk -v n="$n" -v seed="$LAB_SEED" 'BEGIN { printf "score=%.6f\\n", 5 + (seed % 100) + (n % 2) / 5 }'
`;

interface Noise {
  pairs: number;
  sd: number;
  min_effect: number;
}

test("calibrate measures the noise floor, records it and leaves nothing else", async () => {
  await using lab = await faultLab();
  const code = join(lab.dir, "code");
  mkdirSync(code);
  writeFiles(code, { "evaluate.sh": EVALUATE });
  const count = join(lab.dir, "count");
  await lab.create({
    id: "noisy",
    metric: "score",
    workspace_root: code,
    shell: true,
    executor_command: "builtin:reference",
    validation_command: `COUNT=${count} sh evaluate.sh`,
  });
  const noise = await lab.json<Noise>("calibrate", "noisy", "--repeats", "4");
  expect(noise.pairs).toBe(4);
  expect(noise.sd).toBeCloseTo(0.2 / Math.SQRT2, 5);
  expect(noise.min_effect).toBe(noise.sd);
  expect(readFileSync(count, "utf8")).toBe("8\n");
  expect(await lab.ok("show", "noisy")).toContain("(4 pairs)");
  const { runs } = await lab.json<{ runs: unknown[] }>("runs", "noisy", "--all");
  expect(runs).toEqual([]);
  await assertClean(lab);

  // What is shown follows from the ledger.
  const before = readFileSync(lab.path("experiments/noisy/STATUS.json"), "utf8");
  expect(JSON.parse(before).noise_by_tier.default).toMatchObject({ pairs: 4, sd: noise.sd });
  await lab.ok("refresh");
  expect(readFileSync(lab.path("experiments/noisy/STATUS.json"), "utf8")).toBe(before);

  await lab.create({ id: "broken", workspace_root: code, validation_command: "false" });
  const broken = await lab.labctl("calibrate", "broken");
  expect(broken).toMatchObject({ code: 5 });
  expect(broken.stderr).toContain("the workspace as it is cannot be measured: validation_command");
}, 30_000);
