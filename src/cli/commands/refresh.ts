import { refreshLab } from "../../app/refresh.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "refresh",
  description:
    "Writes every derived file anew from the SPECs, the ledger and the sealed runs. It is safe at any time.",
  examples: [{ command: "labctl refresh", why: "after derived files were deleted or edited" }],
  flags: {},
  positionals: {},
  async run(context) {
    const { path, experiments, warnings } = await withSession(context, async (session) => ({
      path: await refreshLab(session),
      experiments: session.store.rows().length,
      warnings: [...session.store.broken()].map(
        ([id, error]) => `${id} is left as it was: ${error.message}`,
      ),
    }));
    return {
      data: { path, experiments },
      human: [`LAB-STATUS.md refreshed: ${path}`],
      warnings,
    };
  },
});
