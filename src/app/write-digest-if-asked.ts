import type { Session } from "./session.ts";

/** Writes the digest of the day when `experiment`, which has just run, asks for it. */
export async function writeDigestIfAsked(session: Session, experiment: string): Promise<void> {
  const { outputs } = await session.store.spec(experiment);
  if (!outputs.includes("daily_digest")) return;
  const { writeDigest } = await import("./digest.ts");
  await writeDigest(session);
}
