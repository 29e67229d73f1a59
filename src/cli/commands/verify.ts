import { verifyLab } from "../../app/verify.ts";
import { LabError } from "../../domain/errors.ts";
import { oneLine } from "../../reduce/markdown.ts";
import { defineCommand } from "../command.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "verify",
  description:
    "Checks every ledger line, every seal with the files behind it, and every derived file against a full rebuild. Changes nothing; exit 10 when it finds damage.",
  examples: [{ command: "labctl verify", why: "is everything as it was written?" }],
  flags: {},
  positionals: {},
  async run(context) {
    const report = await withSession(context, verifyLab);
    const { events, bundles, projections, findings } = report;
    const [first] = findings;
    return {
      data: report,
      human: [
        `ledger lines: ${events}`,
        `run bundles: ${bundles}`,
        `derived files: ${projections}`,
        ...(first === undefined ? ["findings: none"] : ["findings:"]),
        ...findings.map(({ path, problem }) => `  - ${oneLine(path)}: ${oneLine(problem)}`),
      ],
      ...(first === undefined ? {} : { failure: damage(findings.length) }),
    };
  },
});

function damage(count: number): LabError {
  return new LabError("damaged", count === 1 ? "1 finding" : `${count} findings`, {
    hint: "run `labctl recover`; what stays then is listed with its cause",
  });
}
