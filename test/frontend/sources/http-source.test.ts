import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { httpFault } from "../../../frontend/sources/http-source.ts";
import { CompileError, type Diagnostic, TemporaryError } from "../../../src/diagnostics/diagnostic.ts";

function faultOf(text: string): readonly [boolean, Diagnostic | undefined] {
  try {
    httpFault(new ConnectError(text, Code.Unknown), "https://example.com/x.tgz");
    return [false, undefined];
  } catch (error) {
    if (error instanceof TemporaryError) return [true, error.diagnostic];
    if (error instanceof CompileError) return [false, error.diagnostics[0]];
    throw error;
  }
}

const get = 'failed to load cache key: Get "https://example.com/x.tgz?token=s3cret": ';

describe("what BuildKit says of an address", () => {
  it.each([
    ["failed to load cache key: invalid response status 404", false, undefined],
    ["invalid response status 410", false, undefined],
    ["invalid response status 401", false, "modules/refused"],
    ["invalid response status 400", false, "modules/bad-answer"],
    ["invalid response status 429", true, "modules/unavailable"],
    ["invalid response status 502", true, "modules/unavailable"],
    [`${get}dial tcp: lookup example.com: no such host`, true, "modules/unavailable"],
    [
      `${get}tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      false,
      "frontend/not-trusted",
    ],
  ])("%s", (text, isTemporary, code) => {
    const [temporary, fault] = faultOf(text);
    expect([temporary, fault?.code]).toEqual([isTemporary, code]);
    expect(JSON.stringify(fault ?? "")).not.toContain("s3cret");
  });

  it("is no fault of ours that is taken for its answer", () => {
    const bug = new TypeError("x");
    expect(() => httpFault(bug, "https://example.com")).toThrow(bug);
  });
});
