import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError } from "../../diagnostics/diagnostic.ts";
import { type BuildOutput, parseAttributes } from "../../engines/outputs/build-output.ts";

/** Forms of a layer whose tar is another than the one that was compressed. Source: BuildKit, `util/compression`. */
const changing: readonly string[] = ["estargz", "nydus"];

/**
 * Refuses compressions that change layers: the labels of a project's image name the digests of its layers as they are.
 * Throws CompileError.
 */
export function refuseCompressions(outputs: readonly BuildOutput[], cacheTo: readonly string[]): void {
  const asked = [
    ...outputs.map(({ attributes }) => ({ flag: "--output", compression: attributes.compression })),
    ...cacheTo.map((text) => ({ flag: "--cache-to", compression: parseAttributes(text)?.compression })),
  ];
  const found = asked.flatMap(({ flag, compression = "" }) =>
    changing.includes(compression)
      ? [diagnose("cli/compression-changes-layers", { flag, compression }, { file: flag })]
      : [],
  );
  if (found.length > 0) throw new CompileError(found);
}
