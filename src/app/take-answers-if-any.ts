import type { Session } from "./session.ts";

/** As takeAnswers, for commands that start often: loads nothing while nothing waits for a person. */
export async function takeAnswersIfAny(session: Session): Promise<void> {
  if (!session.store.rows().some((row) => row.phase === "awaiting-human")) return;
  const { takeAnswers } = await import("./approvals.ts");
  await takeAnswers(session);
}
