import { parseLabSettings, type LabSettings } from "../domain/lab-settings.ts";
import type { Layout } from "./layout.ts";
import { readText } from "./read-text.ts";

/** The lab.yaml of a data root; empty settings when there is none. Throws LabError usage as its parser does. */
export function readLabSettings(layout: Layout): LabSettings {
  return parseLabSettings(readText(layout.settings) ?? "", "lab.yaml");
}
