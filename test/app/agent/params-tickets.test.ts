import { describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkTicket } from "../../../src/app/agent/check-ticket.ts";
import { setFidelity, setPhase } from "../../../src/app/phase.ts";
import { refreshLab } from "../../../src/app/refresh.ts";
import { trialRows } from "../../../src/app/trials.ts";
import { verifyLab } from "../../../src/app/verify.ts";
import type { LabError } from "../../../src/domain/errors.ts";
import { acquireLease } from "../../../src/store/leases.ts";
import { experimentLayout } from "../../../src/store/layout.ts";
import type { LabRoot } from "../../helpers/lab-root.ts";
import { DAY_MS, failure, next, oneTicket, params, paramsLab, submit } from "./ticket-lab.ts";

async function viewOf(lab: LabRoot) {
  return lab.session.store.view("tune");
}

describe("nextTickets()", () => {
  test("gives an agent the same ticket until it is submitted", async () => {
    using lab = await paramsLab();
    const first = await oneTicket(lab);
    expect(await oneTicket(lab)).toEqual(first);
    await submit(lab, first, params({ x: 0 }), { stale_ok: true });
    expect((await oneTicket(lab)).ticket).not.toBe(first.ticket);
  });

  test("gives each agent tickets of its own, and as many as it wants", async () => {
    using lab = await paramsLab();
    const mine = await next(lab, { count: 3 });
    const theirs = await next(lab, { worker: "other", count: 2 });
    const all = [...mine, ...theirs].map(({ ticket }) => ticket);
    expect(new Set(all).size).toBe(5);
    expect(await next(lab, { count: 3 })).toEqual(mine);
  });

  test("suggests another point on each ticket", async () => {
    using lab = await paramsLab();
    const tickets = await next(lab, { count: 6 });
    const points = tickets.map(({ suggested }) => suggested?.params["x"]);
    expect(new Set(points).size).toBe(6);
    for (const x of points) expect(x).toBeNumber();
  });

  test("gives a new one when the old has expired or is stale", async () => {
    using lab = await paramsLab();
    const expired = await oneTicket(lab);
    lab.clock.advance(DAY_MS);
    const stale = await oneTicket(lab);
    expect(stale.ticket).not.toBe(expired.ticket);
    const other = await oneTicket(lab, { worker: "other" });
    await submit(lab, other, params({ x: 0.5 }));
    const fresh = await oneTicket(lab);
    expect(fresh.basis.best).not.toBe(stale.basis.best);
    expect((await viewOf(lab)).closed_tickets).toMatchObject([
      { ticket: expired.ticket, reason: "expired" },
      { ticket: other.ticket, reason: "submitted" },
      { ticket: stale.ticket, reason: "stale" },
    ]);
  });

  test("needs no lease, so nobody waits for a run in progress", async () => {
    using lab = await paramsLab();
    const { clock, processes } = lab.lab;
    acquireLease({ locks: lab.layout.locks, clock, processes }, "tune", "burst");
    expect((await oneTicket(lab)).kind).toBe("params");
  });

  test("gives no more tickets than runs are left", async () => {
    using lab = await paramsLab({ max_iterations_total: 2 });
    expect(await next(lab, { count: 5 })).toHaveLength(2);
    expect((await failure(next(lab, { worker: "other" }))).code).toBe("stop-reached");
    lab.clock.advance(DAY_MS);
    expect(await next(lab, { worker: "other", count: 5 })).toHaveLength(2);
  });

  const unwilling: [string, (lab: LabRoot) => Promise<unknown>, LabError["code"]][] = [
    ["is paused", (lab) => setPhase(lab.session, "tune", "pause", null), "waiting-for-human"],
    ["is completed", (lab) => setPhase(lab.session, "tune", "complete", null), "stop-reached"],
  ];
  test.each(unwilling)("refuses when the experiment %s", async (_, act, code) => {
    using lab = await paramsLab();
    await act(lab);
    expect((await failure(next(lab))).code).toBe(code);
  });

  test("refuses a kind that the experiment does not take", async () => {
    using lab = await paramsLab();
    const error = await failure(next(lab, { kind: "code" }));
    expect(error).toMatchObject({
      code: "usage",
      message: "tune takes no code: it has no workspace_root",
    });
  });
});

describe("submitTicket() with params", () => {
  test("seals a run that says who proposed it and why", async () => {
    using lab = await paramsLab();
    const ticket = await oneTicket(lab, { worker: "claude" });
    const done = await submit(lab, ticket, params({ x: 0.25 }), {
      hypothesis: "a quarter is enough",
      reasoning: "because",
    });
    expect(done).toMatchObject({
      outcome: "success",
      value: 0.25,
      accepted: true,
      replayed: false,
    });
    const [row] = await trialRows(lab.session, "tune");
    expect(row).toMatchObject({
      mode: "submitted",
      strategy: "agent",
      params: { x: 0.25 },
      provenance: { ticket: ticket.ticket, worker: "claude", hypothesis: "a quarter is enough" },
    });
    const result = await Bun.file(join(done.run_dir, "RESULT.md")).text();
    expect(result).toContain("## Hypothesis\na quarter is enough\n\n## Method");
    const told = await Bun.file(join(done.run_dir, "artifacts/submission.json")).json();
    expect(told).toMatchObject({ ticket: ticket.ticket, worker: "claude", reasoning: "because" });
    expect((await verifyLab(lab.session)).findings).toEqual([]);
    expect((await viewOf(lab)).tickets).toEqual([]);
  });

  test("without params tries what the ticket suggests, in the name of the strategy", async () => {
    using lab = await paramsLab({ strategy: "random" });
    const ticket = await oneTicket(lab);
    const done = await submit(lab, ticket);
    expect(done.value).toBe(Number(ticket.suggested?.params["x"]));
    const [row] = await trialRows(lab.session, "tune");
    expect(row).toMatchObject({ strategy: "random", params: ticket.suggested?.params });
  });

  test("the same submission again gives the same run, another one is refused", async () => {
    using lab = await paramsLab();
    const ticket = await oneTicket(lab);
    const first = await submit(lab, ticket, params({ x: 0.5 }));
    for (const input of [params({ x: 0.5 }), { kind: "ticket" } as const]) {
      expect(await submit(lab, ticket, input)).toEqual({ ...first, replayed: true });
    }
    const error = await failure(submit(lab, ticket, params({ x: 0.6 })));
    expect(error.code).toBe("stale-ticket");
    expect(error.message).toContain(first.run_id);
    expect((await viewOf(lab)).run_count).toBe(1);
  });

  test("a candidate that was run before is refused, unless it is to be measured again", async () => {
    using lab = await paramsLab();
    const first = await submit(lab, await oneTicket(lab), params({ x: 0.5 }));
    const ticket = await oneTicket(lab);
    const error = await failure(submit(lab, ticket, params({ x: 0.5 })));
    expect(error).toMatchObject({ code: "duplicate", exitCode: 2, details: [first.run_id] });
    const again = await submit(lab, ticket, params({ x: 0.5 }), { replicate: true });
    expect(again).toMatchObject({ value: 0.5, accepted: false });
    expect(again.run_id).not.toBe(first.run_id);
  });

  test("a failed candidate is recorded and closes its ticket", async () => {
    using lab = await paramsLab({ executor_command: "sh -c 'exit 3'" });
    const ticket = await oneTicket(lab);
    const done = await submit(lab, ticket, params({ x: 0.5 }));
    expect(done).toMatchObject({ outcome: "failed", value: null, accepted: false });
    expect(done.reason).toContain("3");
    expect((await viewOf(lab)).tickets).toEqual([]);
  });

  test.each(["first", "second"])("two agents: the %s to come wins nothing by it", async (order) => {
    using lab = await paramsLab();
    const one = await oneTicket(lab, { worker: "one" });
    const two = await oneTicket(lab, { worker: "two" });
    const pair = [
      { ticket: one, x: 0.4 },
      { ticket: two, x: 0.6 },
    ];
    const [a, b] = order === "first" ? pair : pair.toReversed();
    if (a === undefined || b === undefined) throw new Error("there are two");
    await submit(lab, a.ticket, params({ x: a.x }));
    const error = await failure(submit(lab, b.ticket, params({ x: b.x })));
    expect(error).toMatchObject({ code: "stale-ticket", exitCode: 7 });
    const late = await submit(lab, b.ticket, params({ x: b.x }), { stale_ok: true });
    expect(late.accepted).toBe(b.x > a.x);
    expect((await viewOf(lab)).best_metric_value).toBe(0.6);
  });

  test("a candidate that is no better makes no ticket stale", async () => {
    using lab = await paramsLab();
    await submit(lab, await oneTicket(lab), params({ x: 0.9 }));
    const one = await oneTicket(lab, { worker: "one" });
    const two = await oneTicket(lab, { worker: "two" });
    await submit(lab, one, params({ x: 0.1 }));
    expect((await submit(lab, two, params({ x: 0.2 }))).outcome).toBe("success");
  });

  test("a submission in its turn does not expire while it waits", async () => {
    using lab = await paramsLab();
    const ticket = await oneTicket(lab);
    // The clock jumps as soon as the submission has looked at it.
    const now = (): string => {
      const at = lab.session.now();
      if (at < ticket.expires_at) lab.clock.advance(2 * DAY_MS);
      return at;
    };
    const late = { session: { ...lab.session, now } };
    expect((await submit(late, ticket, params({ x: 0.5 }))).outcome).toBe("success");
  });

  const changes: [string, (lab: LabRoot) => unknown][] = [
    [
      "the SPEC",
      async (lab) => {
        appendFileSync(experimentLayout(lab.layout, "tune").spec, "\ntags: [new]\n");
        await lab.session.store.sync();
      },
    ],
    ["the tier", (lab) => setFidelity(lab.session, "tune", "final", null)],
    [
      "the evaluator",
      (lab) => writeFileSync(join(lab.layout.root, "..", "evaluate.sh"), "echo 2\n"),
    ],
  ];
  test.each(changes)("refuses a ticket when %s changed, whatever is allowed", async (_, change) => {
    using lab = await paramsLab({
      fidelity_tiers: ["proxy", "final"],
      initial_fidelity_tier: "proxy",
      workspace_root: ".",
      executor_command: "sh evaluate.sh",
    });
    const ticket = await oneTicket(lab);
    await change(lab);
    const error = await failure(submit(lab, ticket, params({ x: 1 }), { stale_ok: true }));
    expect(error.code).toBe("stale-ticket");
    expect((await viewOf(lab)).run_count).toBe(0);
  });

  const refused: [string, Parameters<typeof submit>[2], LabError["code"]][] = [
    ["params outside the space", params({ x: 2 }), "usage"],
    ["unknown params", params({ x: 0.5, y: 1 }), "usage"],
    ["no params", params({}), "usage"],
    [
      "changed files",
      { kind: "candidate", candidate: { kind: "files", files: { a: "b" } } },
      "usage",
    ],
  ];
  test.each(refused)(
    "refuses %s, spends nothing and leaves the ticket open",
    async (_, input, code) => {
      using lab = await paramsLab();
      const ticket = await oneTicket(lab);
      const before = await viewOf(lab);
      const rules = { replicate: false, stale_ok: false };
      expect(
        (await failure(checkTicket(lab.session, ticket.ticket, input ?? { kind: "ticket" }, rules)))
          .code,
      ).toBe(code);
      expect((await failure(submit(lab, ticket, input))).code).toBe(code);
      expect(await viewOf(lab)).toEqual(before);
      expect((await submit(lab, ticket, params({ x: 0.5 }))).outcome).toBe("success");
    },
  );

  test("refuses a ticket that has expired, and one that nobody issued", async () => {
    using lab = await paramsLab();
    const ticket = await oneTicket(lab);
    lab.clock.advance(DAY_MS);
    expect((await failure(submit(lab, ticket))).code).toBe("stale-ticket");
    for (const name of ["TK-1", "", ticket.ticket.replace(/.$/, "f"), `${ticket.ticket}x`]) {
      expect((await failure(submit(lab, { ...ticket, ticket: name }))).code).toBe("not-found");
    }
  });

  test("refuses texts that are too long", async () => {
    using lab = await paramsLab();
    const ticket = await oneTicket(lab);
    const input = { kind: "ticket" } as const;
    for (const over of [{ hypothesis: "x".repeat(2001) }, { reasoning: "x".repeat(20_001) }]) {
      expect((await failure(submit(lab, ticket, input, over))).code).toBe("usage");
    }
  });

  test("refuses when others asked for all that is left", async () => {
    using lab = await paramsLab({ max_iterations_total: 1 });
    const ticket = await oneTicket(lab);
    const ts = lab.session.now();
    const asked = { iteration: 1, tier: "default", params: { x: 0.1 }, strategy: "random" };
    const trial = { ...asked, provenance: {}, seed: 1, expires_at: "2027-01-01T00:00:00.000Z" };
    await lab.session.store.record([{ type: "trial_asked", ts, experiment: "tune", ...trial }], {
      sync: false,
    });
    expect((await failure(submit(lab, ticket, params({ x: 0.5 })))).code).toBe("stop-reached");
  });
});

test("tickets and their runs come back byte for byte when derived files are made anew", async () => {
  using lab = await paramsLab();
  await submit(lab, await oneTicket(lab), params({ x: 0.5 }), { hypothesis: "half" });
  await next(lab, { count: 2, worker: "other" });
  await lab.session.store.flush();
  const { status, summary, metrics } = experimentLayout(lab.layout, "tune");
  const paths = [status, summary, metrics, lab.layout.labIndex];
  const read = (): Promise<string[]> => Promise.all(paths.map((path) => Bun.file(path).text()));
  const before = await read();
  await Promise.all(paths.map((path) => Bun.file(path).delete()));
  const session = await lab.open();
  await refreshLab(session);
  session.store.close();
  expect(await read()).toEqual(before);
});
