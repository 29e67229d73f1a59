import { expect, test } from "bun:test";
import { roleOf } from "../../src/schedule/role.ts";

test("roleOf() lets the roles take turns, beginning with the first", () => {
  const roles = ["scout", "critic", "writer"];
  const turns = [1, 2, 3, 4, 5, 6, 7].map((iteration) => roleOf(roles, iteration));
  expect(turns).toEqual(["scout", "critic", "writer", "scout", "critic", "writer", "scout"]);
  expect(roleOf([], 3)).toBe("scout");
});
