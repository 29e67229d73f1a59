import { nextTickets } from "../../app/agent/next-tickets.ts";
import { ticketOffer, type TicketOffer } from "../../app/agent/ticket-offer.ts";
import { TICKET_KINDS } from "../../domain/agent-events.ts";
import { defineCommand } from "../command.ts";
import { idempotent, KEY_FLAG } from "../idempotent.ts";
import { withSession } from "../with-session.ts";

export const command = defineCommand({
  name: "next",
  description:
    "Gives tickets: each is the right to propose one candidate. A params ticket suggests a point; a code ticket has a private workspace to edit. The same --worker gets a ticket again until it is submitted, expires, or what it was made for changes.",
  examples: [
    { command: "labctl next my-exp --worker claude --json", why: "a ticket, or the one it has" },
    { command: "labctl next my-exp --kind params -n 4", why: "four points to choose from" },
  ],
  flags: {
    kind: {
      type: "string",
      options: TICKET_KINDS,
      description: "What to propose (default: what the experiment is made for)",
    },
    count: { type: "integer", alias: "n", min: 1, max: 100, default: 1, description: "Tickets" },
    worker: {
      type: "string",
      default: "agent",
      description: "Who asks; give each agent a name of its own",
    },
    "expires-hours": {
      type: "number",
      min: 0,
      max: 8760,
      default: 24,
      valueHint: "HOURS",
      description: "How long a new ticket is good",
    },
    ...KEY_FLAG,
  },
  positionals: { experiment: { description: "The experiment", valueHint: "EXPERIMENT" } },
  run: (context, args) =>
    idempotent(context, "next", args, async () => {
      const { experiment, count } = args;
      const { offers, left } = await withSession(context, async (session) => {
        const { spec, tickets } = await nextTickets(session, {
          experiment,
          kind: args.kind ?? null,
          count,
          worker: args.worker,
          expires_hours: args["expires-hours"],
        });
        return {
          offers: tickets.map((ticket) => ticketOffer(session, spec, ticket)),
          left: count - tickets.length,
        };
      });
      return {
        data: { experiment, tickets: offers },
        human: offers.flatMap(offerLines),
        warnings: left > 0 ? [`only ${offers.length} of ${count}: the SPEC allows no more`] : [],
        next: offers.slice(0, 1).map(({ ticket, kind }) => ({
          command:
            kind === "code"
              ? `labctl submit ${ticket} --workspace --hypothesis TEXT`
              : `labctl submit ${ticket} --params JSON --hypothesis TEXT`,
          why: "when the change is made; labctl check says what would be refused",
        })),
      };
    }),
});

function offerLines(offer: TicketOffer): string[] {
  const { ticket, kind, suggested, workspace, policy, expires_at } = offer;
  return [
    `${ticket} (${kind}, until ${expires_at})`,
    ...(suggested === null
      ? []
      : [`  suggested: ${JSON.stringify(suggested.params)} (${suggested.strategy})`]),
    ...(workspace === null ? [] : [`  workspace: ${workspace}`, `  brief: ${offer.brief}`]),
    ...(workspace === null || policy.mutable.length === 0
      ? []
      : [`  may change: ${policy.mutable.join(", ")}`]),
  ];
}
