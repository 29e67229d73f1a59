import type { Hello, Welcome } from "../domain/dispatch/protocol.ts";
import { LabError } from "../domain/errors.ts";
import type { Clock } from "../ports.ts";
import { pause } from "./contact.ts";
import { HubRefusal } from "./hub-refusal.ts";
import type { Spool } from "./spool.ts";
import type { Transport } from "./transport.ts";

export interface Enlisting {
  transport: Transport & { setToken?(token: string): void };
  spool: Spool;
  queue: string;
  pin: string | null;
  /** Without its key. */
  hello: Omit<Hello, "key">;
  /** Of the join string or file; null when there is none. */
  joinToken: string | null;
  random: { hex(bytes: number): string };
  clock: Clock;
}

/** A worker that never joined tries for so long. One that did starts without asking. */
const JOIN_MS = 5000;
const RETRY_MS = 300;

/**
 * Makes the worker known to the queue, or goes on as who the spool says it is: then a hub that cannot
 * be reached is no obstacle, and a join token that was used before is not needed again. Throws what
 * the queue refuses.
 */
export async function enlist(enlisting: Enlisting): Promise<Welcome> {
  const { spool, transport, hello, joinToken } = enlisting;
  const member = spool.member();
  if (member === null) {
    // A folder asks for none: who may write there may work.
    const needsToken = transport.setToken !== undefined;
    if (joinToken !== null || !needsToken) return join(enlisting, joinToken ?? "");
    throw new LabError("usage", `no worker has joined with the spool ${spool.dir} yet`, {
      hint: "give the join string that `labctl serve` or `labctl hub token --scope join` prints",
    });
  }
  transport.setToken?.(member.welcome.token);
  try {
    const again = await transport.join({ ...hello, key: keyOf(enlisting) });
    const welcome = { ...again, token: again.token || member.welcome.token };
    spool.saveMember({ ...member, welcome });
    spool.joined();
    return welcome;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (error instanceof HubRefusal && error.status === 426) throw error;
    // Not to be reached, or no news wanted of whoever is known already.
    if (error.code !== "policy-refused" || !isUnknown(error)) return member.welcome;
    if (joinToken === null) throw error;
    return join(enlisting, joinToken);
  }
}

async function join(enlisting: Enlisting, token: string): Promise<Welcome> {
  const { spool, transport, hello, queue, pin, clock } = enlisting;
  transport.setToken?.(token);
  const key = keyOf(enlisting);
  const started = clock.monotonic_ms();
  for (;;) {
    try {
      const welcome = await transport.join({ ...hello, key });
      spool.saveMember({ queue, pin, welcome });
      spool.joined();
      transport.setToken?.(welcome.token);
      return welcome;
    } catch (error) {
      const isOver = clock.monotonic_ms() - started > JOIN_MS;
      if (!isTemporary(error) || isOver) throw error;
    }
    await pause(RETRY_MS, []);
  }
}

/** The same until it has joined, also for the next process: a lost reply costs no second token. */
function keyOf({ spool }: Enlisting): string {
  return spool.joinKey();
}

/** Whoever answers, and not as a hub, will not be one in a moment. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof LabError) || error.code !== "try-later") return false;
  return !(error instanceof HubRefusal) || error.status >= 500;
}

/** Whether a refusal is about who asks, and not about what it asked for. */
function isUnknown(error: LabError): boolean {
  return error instanceof HubRefusal && error.status === 401;
}
