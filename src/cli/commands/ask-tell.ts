import {
  startConversation,
  type AskTellReply,
  type Conversation,
} from "../../app/ask-tell/conversation.ts";
import { defineCommand } from "../command.ts";
import { readLines, type InputLine } from "../read-lines.ts";

const MAX_LINE_BYTES = 1 << 20;

export const command = defineCommand({
  name: "ask-tell",
  description:
    "Needs no data root: a search in memory, driven by any language over a pipe. One JSON object a line on stdin, one reply a line on stdout: open, ask, tell, close (docs/ask-tell.md). A line it cannot use gets an error as its reply and changes nothing.",
  examples: [
    {
      command: `echo '{"op":"open","space":{"x":{"low":0,"high":1}}}' | labctl ask-tell`,
      why: 'prints {"ok":true}',
    },
  ],
  flags: {},
  positionals: {},
  async run({ io }) {
    const conversation = startConversation();
    let replies = 0;
    let errors = 0;
    for await (const line of readLines(io.stdin.bytes(), MAX_LINE_BYTES)) {
      if (line.kind === "line" && line.text.trim() === "") continue;
      const reply = replyTo(line, conversation);
      replies += 1;
      if ("ok" in reply && !reply.ok) errors += 1;
      io.stdout.write(`${JSON.stringify(reply)}\n`);
      if (io.stdout.closed()) break;
    }
    return { data: { replies, errors }, human: [] };
  },
});

function replyTo(line: InputLine, { reply, refuse }: Conversation): AskTellReply {
  switch (line.kind) {
    case "line":
      return reply(line.text);
    case "too-long":
      return refuse(
        `a line of ${line.bytes} bytes, more than the ${MAX_LINE_BYTES} allowed`,
        "send one JSON object a line",
      );
    case "not-utf8":
      return refuse("the line is not UTF-8", "send UTF-8 text");
    default:
      return line satisfies never;
  }
}
