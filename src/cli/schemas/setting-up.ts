import * as v from "valibot";
import { object, spec, text, textOrNull, texts } from "./parts.ts";

/** `data` of the commands that set a lab up, and of those that describe labctl itself. */
export const SETTING_UP = {
  init: v.looseObject({ data_root: text, created: v.boolean() }),
  templates: v.looseObject({
    templates: v.array(v.looseObject({ name: text, summary: text, spec: text })),
  }),
  new: v.looseObject({ template: text, dir: text, files: texts }),
  validate: v.looseObject({ experiment: text, spec }),
  create: v.looseObject({ experiment: text, spec }),
  completions: v.looseObject({ shell: v.picklist(["bash", "zsh", "fish"]), script: text }),
  schema: v.looseObject({ name: textOrNull, schema: object }),
};
