import { expect, test } from "bun:test";
import {
  formatJoinString,
  isLoopback,
  parseHubUrl,
  parseJoinString,
} from "../../../src/domain/dispatch/join-string.ts";
import { formatToken, parseToken, redactTokens } from "../../../src/domain/dispatch/token.ts";

const SECRET = "0123456789abcdef".repeat(4);
const token = formatToken({ scope: "join", id: "abc123", secret: SECRET });
const pin = "ab".repeat(32);

test.each([
  { url: "https://gpu.example:7447", pin, token },
  { url: "https://gpu.example", pin: null, token },
  { url: "http://127.0.0.1:7447", pin: null, token },
  { url: "http://[::1]:7447", pin: null, token },
  { url: "http://10.0.0.1:7447", pin: null, token },
])("$url is said and understood", (join) => {
  expect(parseJoinString(formatJoinString(join))).toEqual(join);
});

test("plain HTTP to another machine says that it is insecure", () => {
  const text = formatJoinString({ url: "http://10.0.0.1:7447", pin: null, token });
  expect(text).toBe(`http://10.0.0.1:7447/#insecure=1&token=${token}`);
  expect(formatJoinString({ url: "http://localhost:1", pin: null, token })).not.toContain("insec");
});

test.each([
  ["gpu.example:7447", "not the address of a hub"],
  ["ftp://gpu.example/#token=x", "not the address of a hub"],
  ["https://gpu.example:7447/", "has no token"],
  ["https://gpu.example:7447/#token=hl_join_abc", "cut off or changed"],
  [`https://gpu.example:7447/#pin=123&token=${token}`, "has a pin that is not"],
  [`http://127.0.0.1:7447/#pin=${pin}&token=${token}`, "has a pin, but no https"],
  [`http://10.0.0.1:7447/#token=${token}`, "does not say insecure=1"],
  [`https://gpu.example/some/path#token=${token}`, "more than the address of a hub"],
  [`https://me:pw@gpu.example/#token=${token}`, "more than the address of a hub"],
  [`https://gpu.example/#tokens=${token}`, 'has "tokens" in it'],
])("%s is refused, and the token is not repeated", (text, problem) => {
  try {
    parseJoinString(text);
    expect.unreachable();
  } catch (error) {
    expect(String(error)).toContain(problem);
    expect(String(error)).not.toContain(SECRET);
  }
});

test("an address of a hub has no path, and loopback is this machine only", () => {
  expect(parseHubUrl("http://localhost:7447/")).toBe("http://localhost:7447");
  const hosts = ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "LOCALHOST"];
  expect(hosts.map(isLoopback)).toEqual(hosts.map(() => true));
  const others = ["127.0.0.1.example", "10.0.0.1", "0.0.0.0", "localhost.example", "::"];
  expect(others.map(isLoopback)).toEqual(others.map(() => false));
});

test("a token says its parts, and shows no secret where it is redacted", () => {
  const attempt = "DISPATCH-20261123-181037-000000-my_exp.v2.17";
  const parts = { scope: "attempt", id: attempt, secret: SECRET };
  expect(parseToken(formatToken(parts))).toEqual(parts);
  expect(redactTokens(`got ${token}, ${formatToken(parts)}; and ${token}`)).toBe(
    `got hl_join_abc123_***, hl_attempt_${attempt}_***; and hl_join_abc123_***`,
  );
});
