import { expect, it } from "vitest";
import { refuseCompressions } from "../../../src/build/outputs/build-compression.ts";
import { parseOutput } from "../../../src/engines/outputs/build-output.ts";
import { faultsOf } from "../../helpers/errors.ts";

const outputs = (...texts: string[]) => texts.flatMap((text) => parseOutput(text) ?? []);

it("refuses compressions that change layers, of results and of BuildKit's cache", () => {
  const faults = faultsOf(() =>
    refuseCompressions(outputs("type=image,push=true,compression=estargz"), [
      "type=registry,ref=registry.example/c,compression=estargz,mode=max",
    ]),
  );
  expect(faults.map(({ code, location }) => [code, location?.file])).toEqual([
    ["cli/compression-changes-layers", "--output"],
    ["cli/compression-changes-layers", "--cache-to"],
  ]);
});

it("lets those pass that do not", () => {
  refuseCompressions(outputs("type=oci,dest=a.tar,compression=zstd", "type=image,compression=gzip", "out"), [
    "registry.example/c",
    "type=local,dest=c,compression=uncompressed",
  ]);
});
