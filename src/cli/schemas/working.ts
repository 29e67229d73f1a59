import * as v from "valibot";
import { outcome, text } from "./parts.ts";

/** `data` of the commands that work for a queue. */
export const WORKING = {
  attempt: v.looseObject({ attempt: text, outcome, reason: text }),
};
