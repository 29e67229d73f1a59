import { expect, test } from "bun:test";
import { MANIFEST_PATH, manifestText } from "../../scripts/manifest.ts";

test("LAB_MANIFEST.json is valid JSON and what scripts/manifest.ts makes", async () => {
  const written = await Bun.file(MANIFEST_PATH).text();
  expect(() => JSON.parse(written)).not.toThrow();
  // Run `bun scripts/manifest.ts` after changing a command, a SPEC field or a LAB_* variable.
  expect(written).toBe(await manifestText());
});
