import { describe, expect, test } from "bun:test";
import { LabError } from "../../../src/domain/errors.ts";
import { NOTIFY_TOPICS, notifyText, redactUrl } from "../../../src/domain/notify.ts";
import { parseSpec } from "../../../src/domain/spec/parse.ts";
import { systemCalendar } from "../../../src/platform/calendar.ts";

function notifyOf(yaml: string) {
  return parseSpec(`id: a\nmetric: m\nnotify: ${yaml}\n`, "spec.yaml", systemCalendar).spec.notify;
}

function problem(yaml: string): string {
  try {
    notifyOf(yaml);
    return "";
  } catch (error) {
    return error instanceof LabError ? error.details.join("\n") : String(error);
  }
}

describe("notify", () => {
  test("is a text, one target, or a list of targets with their defaults", () => {
    expect(notifyOf("telegram")).toBe("telegram");
    expect(notifyOf("")).toBe("silent");
    const all = { on: [...NOTIFY_TOPICS], timeout_seconds: 10 };
    expect(notifyOf("{command: ./tell.sh}")).toEqual([{ command: "./tell.sh", ...all }]);
    expect(notifyOf("[{webhook: 'https://a.example/x', on: void, timeout_seconds: 2}]")).toEqual([
      { webhook: "https://a.example/x", on: ["void"], timeout_seconds: 2 },
    ]);
    expect(notifyOf("[{webhook: '${HOOK}', headers: {a: b}}]")).toMatchObject([
      { webhook: "${HOOK}", headers: { a: "b" } },
    ]);
  });

  test.each([
    ["[{webhok: x}]", /3:11 notify.*unknown key .* did you mean webhook\?/],
    ["[{on: [void]}]", /expected either command or webhook/],
    ["{command: a, webhook: 'http://b'}", /expected either command or webhook/],
    ["{webhook: 'ftp://b'}", /starts with http/],
    ["{command: a, on: new-bset}", /did you mean new-best\?/],
    ["{command: a, timeout_seconds: 0}", /a number above 0/],
    ["[silent]", /expected a map such as/],
  ])("refuses %s", (yaml, message) => {
    expect(problem(yaml)).toMatch(message);
  });

  test("is shown without what may be secret", () => {
    const common = { on: [], timeout_seconds: 1 };
    expect(
      notifyText([
        { command: "curl -H token:abc https://x", ...common },
        { webhook: "https://user:pw@hooks.example:8443/T0/B1?key=abc", ...common },
        { webhook: "${HOOK}", ...common },
      ]),
    ).toBe("command curl, webhook https://hooks.example:8443/..., webhook ${HOOK}");
    expect(redactUrl("what is this")).toBe("(an address)");
  });
});
