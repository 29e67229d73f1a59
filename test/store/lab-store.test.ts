import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { LabError } from "../../src/domain/errors.ts";
import { experimentLayout, layoutOf, type Layout } from "../../src/store/layout.ts";
import type { LabStore } from "../../src/store/lab-store.ts";
import { put, specYaml, storeOf } from "../helpers/lab-root.ts";
import { tempDir } from "../helpers/temp.ts";
import { sampleSeal } from "../reduce/samples.ts";
import { diceOf, eventSource } from "./random-history.ts";

const IDS = ["alpha", "beta", "gamma"];

/** Two SPECs of one experiment: another direction, tiers, limits. */
const SPECS = [
  {
    fidelity_tiers: ["proxy", "final"],
    fidelity_promotion_rule: "after-success-streak",
    promote_after_successes: 2,
    max_iterations_total: 30,
    proxy_priority: "high",
  },
  {
    metric_direction: "minimize",
    fidelity_tiers: ["proxy", "final", "gone"],
    cadence: "daily",
    stop_conditions: { target: -4.5 },
    max_iterations_total: 8,
  },
];

function rootIn(folder: string, ...ids: string[]): Layout {
  const layout = layoutOf(folder);
  mkdirSync(layout.registry, { recursive: true });
  for (const id of ids) writeSpec(layout, id, SPECS[0] ?? {});
  return layout;
}

function writeSpec(layout: Layout, id: string, fields: Record<string, unknown>): void {
  put(experimentLayout(layout, id).spec, specYaml({ id, ...fields }));
}

/** Every derived file of a data root, by relative path. */
function derived(layout: Layout): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of new Bun.Glob("**/*").scanSync({ cwd: layout.root, dot: true })) {
    if (/^(registry|scratch)\/|\/SPEC\.yaml$/.test(path)) continue;
    files[path] = readFileSync(join(layout.root, path), "utf8");
  }
  return files;
}

/** What a new data root with the same SPECs and the same ledger makes of them. */
async function rebuiltElsewhere(layout: Layout): Promise<Record<string, string>> {
  using dir = tempDir();
  const copy = rootIn(dir.path);
  copyFileSync(layout.ledger, copy.ledger);
  for (const id of readdirSync(layout.experiments)) {
    put(experimentLayout(copy, id).spec, readFileSync(experimentLayout(layout, id).spec, "utf8"));
  }
  await openAll(copy);
  return derived(copy);
}

/** Opens a store, looks at everything in it, writes what is behind, and closes it. */
async function openAll(layout: Layout): Promise<void> {
  const store = storeOf(layout);
  await settle(store);
  store.close();
}

async function settle(store: LabStore): Promise<void> {
  await store.sync();
  for (const { id } of store.rows()) await store.metricsText(id);
  await store.flush();
}

/** Records `count` measured runs of an experiment. */
async function recordRuns(store: LabStore, experiment: string, ...values: number[]): Promise<void> {
  const first = (await store.view(experiment)).last_iteration + 1;
  for (const [index, value] of values.entries()) {
    const iteration = first + index;
    const run_id = `RUN-${experiment}-${iteration}`;
    await store.record([sampleSeal({ experiment, run_id, iteration, value })], { sync: false });
  }
}

describe("derived files", () => {
  /** Something happens to the data root between two calls of labctl. */
  type Mishap = (layout: Layout, id: string, old: Map<string, string>) => void;

  const MISHAPS: Mishap[] = [
    (layout) => rmSync(layout.labIndex, { force: true }),
    (layout) => put(layout.labIndex, "{}"),
    (layout, id) => rmSync(experimentLayout(layout, id).status, { force: true }),
    (layout, id) => put(experimentLayout(layout, id).status, "torn"),
    (layout, id) => rmSync(experimentLayout(layout, id).metrics, { force: true }),
    (layout, id) => {
      const { metrics } = experimentLayout(layout, id);
      if (statSync(metrics, { throwIfNoEntry: false })) truncateSync(metrics, 10);
    },
    (layout, id) => {
      const { metrics } = experimentLayout(layout, id);
      if (statSync(metrics, { throwIfNoEntry: false })) appendFileSync(metrics, "{}\n");
    },
    (layout) => appendFileSync(layout.ledger, '{"torn'),
    (layout) => appendFileSync(layout.ledger, "garbage\n"),
    // An older state of one file beside newer ones.
    (layout, id, old) => putBack(experimentLayout(layout, id).status, old),
    (layout, id, old) => putBack(experimentLayout(layout, id).metrics, old),
    (layout, _id, old) => putBack(layout.labIndex, old),
  ];

  function putBack(path: string, old: Map<string, string>): void {
    const text = old.get(path);
    if (text !== undefined) put(path, text);
  }

  async function twoStores(layout: Layout): Promise<LabStore[]> {
    const stores = [storeOf(layout), storeOf(layout)];
    for (const store of stores) await store.sync();
    return stores;
  }

  async function live(seed: number, layout: Layout): Promise<void> {
    const dice = diceOf(seed);
    const sources = new Map(IDS.map((id) => [id, eventSource(dice, id)]));
    const old = new Map<string, string>();
    let stores = await twoStores(layout);
    for (let step = 0; step < 60; step += 1) {
      const store = dice.pick(stores);
      const id = dice.pick(IDS);
      const action = dice.below(20);
      if (action === 0) {
        writeSpec(layout, id, dice.pick(SPECS));
      } else if (action === 1) {
        for (const { status, metrics } of IDS.map((one) => experimentLayout(layout, one))) {
          for (const path of [status, metrics, layout.labIndex]) {
            if (statSync(path, { throwIfNoEntry: false })) {
              old.set(path, readFileSync(path, "utf8"));
            }
          }
        }
      } else if (action === 2) {
        for (const one of stores) one.close();
        dice.pick(MISHAPS)(layout, id, old);
        stores = await twoStores(layout);
      } else if (action < 6) {
        await store.flush();
      } else if (action < 8) {
        await store.sync();
      } else if (action === 8) {
        await store.view(id).catch(() => null);
      } else {
        await store.sync();
        const events = sources.get(id)?.next(dice.pick(["proxy", "final"])) ?? [];
        await store.record(events, { sync: false });
      }
    }
    for (const store of stores) {
      await settle(store);
      store.close();
    }
  }

  const seeds = Array.from({ length: 24 }, (_, seed) => [seed] as const);

  test.each(seeds)("equal a full rebuild after history %i of two stores", async (seed) => {
    using dir = tempDir();
    const layout = rootIn(dir.path, ...IDS);
    await live(seed, layout);
    const files = derived(layout);
    expect(files).toEqual(await rebuiltElsewhere(layout));

    for (const path of Object.keys(files)) rmSync(join(layout.root, path));
    await openAll(layout);
    expect(derived(layout)).toEqual(files);
  });

  test.each(["STATUS.json", "metrics.jsonl", "LAB-INDEX.json"])(
    "are the same again after an older %s was put back",
    async (name) => {
      using dir = tempDir();
      const layout = rootIn(dir.path, "alpha", "beta");
      const store = storeOf(layout);
      await store.sync();
      await recordRuns(store, "alpha", 1);
      await store.flush();
      const path = ["", "experiments/alpha/"]
        .map((at) => at + name)
        .find((one) => one in derived(layout));
      const older = readFileSync(join(layout.root, path ?? ""), "utf8");
      // Later events that add a row, and one that adds none.
      await recordRuns(store, "alpha", 2);
      const event = { experiment: "alpha", phase: "paused", reason: "later" } as const;
      await store.record([{ type: "phase_set", ts: "2026-01-03", ...event }], { sync: false });
      await store.flush();
      store.close();
      const files = derived(layout);
      put(join(layout.root, path ?? ""), older);
      await openAll(layout);
      expect(derived(layout)).toEqual(files);
      expect(files).toEqual(await rebuiltElsewhere(layout));
    },
  );

  test("come back when deleted, even the empty metrics.jsonl of an experiment without runs", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    await openAll(layout);
    const files = derived(layout);
    rmSync(experimentLayout(layout, "alpha").metrics);
    await openAll(layout);
    expect(derived(layout)).toEqual(files);
  });

  test("an older STATUS.json is noticed although no run was added since", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1);
    await store.flush();
    const { status } = experimentLayout(layout, "alpha");
    const older = readFileSync(status, "utf8");
    const event = { experiment: "alpha", phase: "paused", reason: "later" } as const;
    await store.record([{ type: "phase_set", ts: "2026-01-03", ...event }], { sync: false });
    await store.flush();
    put(status, older);
    const reader = storeOf(layout);
    await reader.sync();
    expect((await reader.view("alpha")).phase).toBe("paused");
    expect(reader.distrusted()).toHaveLength(1);
    reader.close();
    store.close();
  });

  test("are not rewritten by opening what is up to date", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1, 2);
    await store.flush();
    const times = (): number[] =>
      Object.keys(derived(layout)).map((path) => statSync(join(layout.root, path)).mtimeMs);
    const before = times();
    await openAll(layout);
    expect(times()).toEqual(before);
  });
});

describe("one store shared by parallel runs", () => {
  const gaps = Array.from({ length: 10 }, (_, gap) => [gap] as const);

  test.each(gaps)("folds each event once when folds begin %i ticks apart", async (gap) => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha", "beta");
    await openAll(layout);
    const store = storeOf(layout);
    await store.sync();
    // Nothing of alpha is loaded yet, and its SPEC has to be parsed anew.
    rmSync(layout.specCache, { recursive: true });
    const all: Promise<void>[] = [];
    for (let n = 1; n <= 4; n += 1) {
      const run = { experiment: "alpha", run_id: `RUN-${n}`, iteration: n, value: n };
      all.push(store.record([sampleSeal(run)], { sync: false }));
      for (let tick = 0; tick < gap; tick += 1) await Promise.resolve();
      if (n === 3) all.push(store.flush());
    }
    await Promise.all(all);
    await store.flush();
    expect((await store.view("alpha")).run_count).toBe(4);
    expect(derived(layout)).toEqual(await rebuiltElsewhere(layout));
    store.close();
  });
});

describe("metricsText()", () => {
  test("has the rows that are on disk and those still to be written", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1);
    await store.flush();
    await recordRuns(store, "alpha", 2);
    const rows = (await store.metricsText("alpha")).trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).value)).toEqual([1, 2]);
  });

  test.each([
    ["deleted", (path: string) => rmSync(path)],
    ["cut short", (path: string) => truncateSync(path, 30)],
    [
      "overwritten with zeros",
      (path: string) => {
        writeFileSync(path, Buffer.alloc(statSync(path).size));
      },
    ],
  ])(
    "folds the ledger again when metrics.jsonl was %s under a live store",
    async (_how, damage) => {
      using dir = tempDir();
      const layout = rootIn(dir.path, "alpha");
      const store = storeOf(layout);
      await store.sync();
      await recordRuns(store, "alpha", 1, 2);
      await store.flush();
      const { metrics } = experimentLayout(layout, "alpha");
      const good = readFileSync(metrics, "utf8");
      damage(metrics);
      expect(await store.metricsText("alpha")).toBe(good);
      expect(store.distrusted()).toEqual([metrics]);
      await store.flush();
      expect(readFileSync(metrics, "utf8")).toBe(good);
      expect(store.distrusted()).toEqual([]);
    },
  );
});

describe("an experiment whose SPEC is broken", () => {
  test("does not hold up the others, and loses nothing when it is mended", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha", "beta");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1);
    await store.flush();
    put(experimentLayout(layout, "alpha").spec, "id: [alpha");
    await store.sync();
    expect([...store.broken().keys()]).toEqual(["alpha"]);
    expect(store.rows().map((row) => row.id)).toEqual(["beta"]);
    expect(await store.view("alpha").catch((error: unknown) => error)).toBeInstanceOf(LabError);
    // Its run was under way and ends now.
    await store.record([sampleSeal({ experiment: "alpha", run_id: "RUN-late", iteration: 2 })], {
      sync: false,
    });
    await recordRuns(store, "beta", 5);
    await store.flush();
    expect((await store.view("beta")).best_metric_value).toBe(5);

    writeSpec(layout, "alpha", SPECS[0] ?? {});
    await settle(store);
    expect(store.broken().size).toBe(0);
    expect((await store.view("alpha")).run_count).toBe(2);
    expect(derived(layout)).toEqual(await rebuiltElsewhere(layout));
    store.close();
  });
});

describe("flush()", () => {
  test("writes the other experiments though one cannot be written, and says which", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha", "beta");
    const store = storeOf(layout);
    await store.sync();
    mkdirSync(join(experimentLayout(layout, "alpha").summary, "in-the-way"), { recursive: true });
    await recordRuns(store, "alpha", 1);
    await recordRuns(store, "beta", 2);
    const error: unknown = await store.flush().catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(relative(layout.root, experimentLayout(layout, "alpha").dir));
    expect(readFileSync(experimentLayout(layout, "beta").summary, "utf8")).toContain(
      "Run count: 1",
    );
    rmSync(experimentLayout(layout, "alpha").summary, { recursive: true });
    await store.flush();
    expect(derived(layout)).toEqual(await rebuiltElsewhere(layout));
    store.close();
  });
});

describe("an experiment that is deleted", () => {
  test("is gone from the lab, and begins anew when it is created again", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha", "beta");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1, 2, 3);
    await store.flush();
    rmSync(dirname(experimentLayout(layout, "alpha").spec), { recursive: true });
    await store.sync();
    expect(store.rows().map((row) => row.id)).toEqual(["beta"]);
    const missing: unknown = await store.view("alpha").catch((error: unknown) => error);
    expect(missing).toMatchObject({ code: "not-found" });

    writeSpec(layout, "alpha", SPECS[1] ?? {});
    const ts = "2026-02-01T00:00:00.000Z";
    const created = { source_spec: "-", spec_sha256: "" };
    await store.record([{ type: "experiment_created", ts, experiment: "alpha", ...created }], {
      sync: false,
    });
    expect(await store.view("alpha")).toMatchObject({
      run_count: 0,
      best_run: null,
      created_at: ts,
    });
    await recordRuns(store, "alpha", 9);
    await settle(store);
    expect((await store.metricsText("alpha")).trim().split("\n")).toHaveLength(1);
    expect(derived(layout)).toEqual(await rebuiltElsewhere(layout));
    store.close();
  });
});

describe("damage", () => {
  test("in the ledger is reported, and later events still count", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    const store = storeOf(layout);
    await store.sync();
    await recordRuns(store, "alpha", 1);
    appendFileSync(layout.ledger, "\0\0\0garbage\n");
    await recordRuns(store, "alpha", 2);
    expect((await store.view("alpha")).run_count).toBe(2);
    expect(store.damage()).toMatchObject([{ problem: "not JSON" }]);
    await settle(store);
    expect(derived(layout)).toEqual(await rebuiltElsewhere(layout));
    store.close();
  });

  test("of the index is named until the index is written again", async () => {
    using dir = tempDir();
    const layout = rootIn(dir.path, "alpha");
    await openAll(layout);
    writeFileSync(layout.labIndex, "torn");
    const store = storeOf(layout);
    await store.sync();
    expect(store.distrusted()).toEqual([layout.labIndex]);
    await store.flush();
    expect(store.distrusted()).toEqual([]);
    store.close();
  });
});
