import { expect, it } from "vitest";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { faultError } from "../../src/registry/faults.ts";
import { HttpFault } from "../../src/registry/http/http-fault.ts";

it("a proxy that wants a login is named as what is in the way", () => {
  const asked = { what: "acme/builder:24", host: "registry.example", location: { file: "--builder" } };
  const error = faultError(new HttpFault("proxy", "HTTP 407"), asked);
  if (!(error instanceof CompileError)) throw new Error("not an error that can be mended");
  expect(error.diagnostics).toMatchObject([
    {
      code: "registry/proxy-denied",
      message: "The proxy requires a login to reach registry.example for acme/builder:24 (HTTP 407).",
      location: { file: "--builder" },
    },
  ]);
});
