import { describe, expect, it } from "vitest";
import { temporaryFault } from "../../../src/engines/run/temporary-fault.ts";

const push = "failed to solve: failed to push registry.example/app:1";

describe("a build that failed may do better later, where its client's last word is", () => {
  it.each([
    `ERROR: failed to build: ${push}: unexpected status from PUT request to https://registry.example/v2/app/manifests/1: 503 Service Unavailable`,
    `error: ${push}: unexpected status from HEAD request to http://127.0.0.1:5000/v2/app/blobs/sha256:0: 429 Too Many Requests`,
    `ERROR: failed to build: ${push}: unexpected status: 500 Internal Server Error`,
    `ERROR: ${push}: failed commit on ref "index-sha256:3be2": unexpected status from PUT request to https://r/v2/x: 502 Bad Gateway`,
    `error: ${push}: failed to do request: Post "https://registry.example/v2/app/blobs/uploads/": read tcp 10.0.0.1:1->10.0.0.2:443: read: connection reset by peer`,
    `error: ${push}: failed to do request: Head "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
    `error: ${push}: failed to do request: Put "https://registry.example/v2/": EOF`,
    `ERROR: ${push}: failed to do request: Head "https://registry.example/v2/": net/http: TLS handshake timeout`,
    `ERROR: ${push}: failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.example/token: 503 Service Unavailable`,
    `ERROR: failed to build: failed to solve: registry.example/run: failed to resolve source metadata for registry.example/run:1: unexpected status from HEAD request to https://registry.example/v2/run/manifests/1: 500 Internal Server Error`,
    "ERROR: failed to build: failed to solve: toomanyrequests: failed to fetch: rate limit exceeded",
  ])("%s", (line) => {
    expect(temporaryFault(line)).toBe(true);
  });
});

describe("it is the user's to mend, where that is", () => {
  it.each([
    `ERROR: failed to build: ${push}: unexpected status from POST request to https://registry.example/v2/app/blobs/uploads/: 403 Forbidden`,
    `ERROR: ${push}: push access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    `ERROR: ${push}: unexpected status from PUT request to https://registry.example/v2/app/manifests/1: 400 Bad Request`,
    `ERROR: ${push}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://auth.example/token: 401 Unauthorized`,
    `error: ${push}: failed to do request: Head "https://registry.example/v2/": dial tcp: lookup registry.example: no such host`,
    `error: ${push}: failed to do request: Head "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    'ERROR: failed to build: failed to solve: process "/bin/sh -c echo failed to push: unexpected status: 503 Service Unavailable" did not complete successfully: exit code: 1',
    "ERROR: failed to build: failed to solve: dockerfile parse error on line 500: unknown instruction",
    'ERROR: no builder "x" found',
  ])("%s", (line) => {
    expect(temporaryFault(line)).toBe(false);
  });
});

it("a step's own lines say nothing", () => {
  for (const line of [
    `#9 0.123 ERROR: ${push}: unexpected status: 503 x`,
    " > ERROR: x",
    "0.12 error: EOF",
    "",
  ]) {
    expect(temporaryFault(line)).toBeUndefined();
  }
});
