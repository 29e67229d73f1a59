import { describe, expect, test } from "bun:test";
import { accessProblem, type AccessProblem } from "../../src/domain/external-access.ts";

describe("accessProblem()", () => {
  test.each<[AccessProblem, string]>([
    ["network", "curl: (6) Could not resolve host: api.example.org"],
    ["network", "Error: connect ECONNREFUSED 127.0.0.1:443"],
    ["network", "requests.exceptions.ConnectionError: Max retries exceeded with url: /v1"],
    ["network", "socket.gaierror: [Errno -3] Temporary failure in name resolution"],
    ["network", "ssl.SSLCertVerificationError: certificate verify failed"],
    ["network", "HTTP error: 503 Service Unavailable"],
    ["authentication", "urllib.error.HTTPError: HTTP Error 401: Unauthorized"],
    ["authentication", "The request failed with status code 403"],
    ["authentication", "git@github.com: Permission denied (publickey)."],
    ["authentication", "fatal: could not read Username for 'https://github.com'"],
    ["authentication", "Error: Invalid API key provided"],
    ["authentication", "botocore.exceptions: Unable to locate credentials"],
    ["quota", "openai.RateLimitError: Error code: 429 - rate limit reached"],
    ["quota", "insufficient_quota: please check your plan"],
    ["permission", "PermissionError: [Errno 13] Permission denied: '/data/x'"],
    ["permission", "Error: EACCES: permission denied, open '/srv/x'"],
    ["permission", "An error occurred (AccessDenied) when calling the GetObject operation"],
  ])("recognises %s trouble in %j", (problem, text) => {
    expect(accessProblem(`step 1 of 401\n${text}\n`)).toBe(problem);
  });

  test.each([
    "",
    "exit code 1: ValueError: could not convert string to float: 'abc'",
    "AssertionError: loss 4.03 is not below 4.01",
    "layer 401 of 403 failed; 429 samples",
    "Killed",
    "KeyError: 'network'",
    "the forbidden region of the search space",
  ])("sees an ordinary failure in %j", (text) => {
    expect(accessProblem(text)).toBeNull();
  });
});
