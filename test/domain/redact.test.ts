import { expect, test } from "bun:test";
import { redact, secretsOf } from "../../src/domain/agent/redact.ts";

test("secretsOf() takes what its name says is secret, longest first", () => {
  const env = {
    OPENAI_API_KEY: "key-one-1",
    MY_TOKEN: "key-one-1-longer",
    PATH: "/usr/bin/very",
    A_KEY: "x",
  };
  expect(secretsOf(env)).toEqual(["key-one-1-longer", "key-one-1"]);
});

test.each([
  "sk-ant-api03-abcdefghijklmnop",
  `ghp_${"a".repeat(36)}`,
  "AKIAIOSFODNN7EXAMPLE",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
  "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
])("redact() takes %j for a key", (secret) => {
  expect(redact(`before ${secret} after`, [])).toBe("before [redacted] after");
});

test("redact() takes out known values, bearers and passwords in addresses", () => {
  const text = "pw hunter2hunter2, Bearer abcdef0123456789, https://me:pass@host/";
  expect(redact(text, ["hunter2hunter2"])).toBe(
    "pw [redacted], Bearer [redacted], https://me:[redacted]@host/",
  );
});
