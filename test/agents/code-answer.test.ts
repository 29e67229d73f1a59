import { expect, test } from "bun:test";
import { readChange } from "../../src/agents/answer/code-answer.ts";
import type { JsonObject } from "../../src/domain/types.ts";

const contentOf = (path: string): string | null => (path === "a.py" ? "x = 1\ny = 1\n" : null);

function read(...changes: JsonObject[]): unknown {
  return readChange({ summary: "s", changes }, contentOf);
}

test("readChange() makes edits one after the other, and leaves $ alone", () => {
  const first = { path: "a.py", action: "edit", search: "x = 1", replace: "x = '$&'" };
  const second = { path: "a.py", action: "edit", search: "x = '$&'", replace: "z = 3" };
  expect(read(first, second, { path: "b", action: "delete" })).toEqual({
    value: { kind: "files", files: { "a.py": "z = 3\ny = 1\n", b: null }, summary: "s" },
  });
});

test.each<[JsonObject, string]>([
  [{ path: "a.py", action: "edit", search: "= 1", replace: "" }, "occurs 2 times in a.py"],
  [{ path: "c.py", action: "edit", search: "x", replace: "y" }, "there is no text file c.py"],
  [{ path: "a.py", action: "write", content: null }, "expected the whole text of a.py"],
  [{ path: "a.py", action: "move" }, 'expected write, edit, delete, got "move"'],
  [{ action: "delete" }, "path: expected a file name"],
])("readChange() refuses %j", (change, why) => {
  expect(JSON.stringify(read(change))).toContain(JSON.stringify(why).slice(1, -1));
});

test("readChange() takes a patch or whole files", () => {
  expect(readChange({ patch: "--- a" }, contentOf)).toMatchObject({ value: { kind: "patch" } });
  expect(readChange({ files: { a: null } }, contentOf)).toMatchObject({
    value: { files: { a: null } },
  });
  expect(readChange({ files: { a: 1 } }, contentOf)).toHaveProperty("problems");
  expect(readChange({}, contentOf)).toHaveProperty("problems");
});
