import * as v from "valibot";
import { didYouMean } from "../nearest-name.ts";
import {
  DEFAULT_TIMEOUT_SECONDS,
  NOTIFY_TOPICS,
  type Notify,
  type NotifyTarget,
} from "../notify.ts";
import { positive, someOf, text } from "./kinds.ts";

const KEYS = ["command", "webhook", "on", "timeout_seconds", "headers"];
const EXAMPLE = "{webhook: https://example.org/hook, on: [new-best, stopped]}";

/** A map of one target. A webhook may be `${NAME}`, whose value the environment has. */
const target = v.pipe(
  v.strictObject(
    {
      command: v.exactOptional(text),
      webhook: v.exactOptional(text),
      on: v.exactOptional(someOf(NOTIFY_TOPICS), [...NOTIFY_TOPICS]),
      timeout_seconds: v.exactOptional(positive, DEFAULT_TIMEOUT_SECONDS),
      headers: v.exactOptional(v.record(v.string(), text)),
    },
    (issue) => {
      if (issue.expected !== "never") return `expected a map such as ${EXAMPLE}`;
      const name = String(issue.path?.at(-1)?.key);
      return `unknown key of a notify target; expected ${KEYS.join(", ")}${didYouMean(name, KEYS)}`;
    },
  ),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): NotifyTarget => {
    const { command = "", webhook = "", headers, ...rest } = value;
    const on = rest.on.length === 0 ? [...NOTIFY_TOPICS] : rest.on;
    const common = { ...rest, on, ...(headers === undefined ? {} : { headers }) };
    if (command !== "" && webhook === "") return { command, ...common };
    if (webhook !== "" && command === "") {
      if (/^https?:\/\/[^\s/]+|^\$\{\w+\}$/.test(webhook)) return { webhook, ...common };
      addIssue({
        message:
          "expected a webhook that starts with http:// or https://, or ${NAME} of a variable",
      });
      return NEVER;
    }
    addIssue({ message: `expected either command or webhook, as in ${EXAMPLE}` });
    return NEVER;
  }),
);

const targets = v.array(target);
const single = v.pipe(
  target,
  v.transform((one) => [one]),
);

/** A text (the original's form), one target, or a list of them. */
export const notify = v.pipe(
  v.lazy((input): v.GenericSchema<unknown, Notify> => {
    if (Array.isArray(input)) return targets;
    return typeof input === "object" && input !== null ? single : text;
  }),
  v.title("text, or a list of targets"),
);
