import { expect, test } from "bun:test";
import { passedEnvironment } from "../../src/domain/passed-environment.ts";

test("passedEnvironment() keeps all, or the usual variables and those that env_pass names", () => {
  const inherited = { PATH: "/bin", LC_ALL: "C", CUDA_HOME: "/c", OPENAI_API_KEY: "k", MINE: "1" };
  expect(passedEnvironment(inherited, [])).toEqual(inherited);
  const passed = passedEnvironment(inherited, ["CUDA_*", "MINE"]);
  expect(passed).toEqual({ PATH: "/bin", LC_ALL: "C", CUDA_HOME: "/c", MINE: "1" });
});
