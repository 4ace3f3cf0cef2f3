import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatAttributes,
  formatOutput,
  parseAttributes,
  parseOutput,
} from "../../../src/engines/outputs/build-output.ts";

describe("parseOutput", () => {
  it("reads type, destination and the other attributes", () => {
    expect(parseOutput("type=oci,dest=out/app.tar,compression=zstd")).toEqual({
      type: "oci",
      destination: "out/app.tar",
      attributes: { compression: "zstd" },
    });
  });

  it("takes a path alone for a directory, and - for a tar on standard output", () => {
    expect(parseOutput("out")).toEqual({ type: "local", destination: "out", attributes: {} });
    expect(parseOutput("-")).toEqual({ type: "tar", destination: "-", attributes: {} });
  });

  it("reads a quoted field with commas as one", () => {
    expect(parseOutput('type=image,"name=a,b",push=true')?.attributes).toEqual({ name: "a,b", push: "true" });
  });

  it.each(["", "type=oci,dest", "type=,dest=x", "a=b,c=d"])("refuses %j", (text) => {
    expect(parseOutput(text)).toBeUndefined();
  });
});

describe("formatOutput", () => {
  it("writes what parseOutput reads, whatever the values are", () => {
    const value = fc.string().filter((text) => text.trim() === text);
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]*$/).filter((text) => !["type", "dest"].includes(text));
    const output = fc.record({
      type: fc.constantFrom("image", "oci", "docker"),
      destination: value,
      attributes: fc.dictionary(name, value),
    });
    fc.assert(
      fc.property(output, (given) => {
        expect(parseOutput(formatOutput(given))).toEqual({ ...given, attributes: { ...given.attributes } });
      }),
    );
  });

  it("quotes values with commas and quotes", () => {
    expect(formatAttributes({ type: "image", name: 'a,"b' })).toBe('type=image,"name=a,""b"');
    expect(parseAttributes('type=image,"name=a,""b"')).toEqual({ type: "image", name: 'a,"b' });
  });
});
