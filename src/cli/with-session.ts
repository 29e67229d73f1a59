import { openSession, type Session } from "../app/session.ts";
import type { CommandContext } from "./command.ts";

/** Runs `action` on the open data root, and closes it however that ends. */
export async function withSession<T>(
  { lab }: Pick<CommandContext, "lab">,
  action: (session: Session) => T | Promise<T>,
): Promise<T> {
  const session = await openSession(lab);
  try {
    return await action(session);
  } finally {
    session.store.close();
  }
}
