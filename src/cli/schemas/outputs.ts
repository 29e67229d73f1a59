import type * as v from "valibot";
import { AGENTS } from "./agents.ts";
import { MACHINES } from "./machines.ts";
import { LOOKING } from "./looking.ts";
import { EVENTS, RUNNING } from "./running.ts";
import { SETTING_UP } from "./setting-up.ts";
import { STEERING } from "./steering.ts";
import { WORKING } from "./working.ts";

/** What `data` is in the JSON document of each command; a test holds every command to it. */
export const OUTPUTS: ReadonlyMap<string, v.GenericSchema> = new Map(
  Object.entries({
    ...SETTING_UP,
    ...RUNNING,
    ...LOOKING,
    ...STEERING,
    ...AGENTS,
    ...MACHINES,
    ...WORKING,
  }),
);

/** The lines before that document, of the commands that stream. */
export const STREAMS: ReadonlyMap<string, v.GenericSchema> = new Map(Object.entries(EVENTS));
