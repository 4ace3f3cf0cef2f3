import { expect, it } from "vitest";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { cpuTime } from "../../helpers/cpu-time.ts";

const length = 200_000;
const many = (piece: string, size = length) => piece.repeat(size / piece.length);

it.each([
  ["stages with comments", many("#\nFROM a\n")],
  ["stages with comments behind carriage returns", many("\r#\rFROM a\n")],
  ["purposes", many("# a\n")],
  ["stages", many("FROM a AS b\n")],
  ["flags on one line", `RUN ${many("--a ", 600_000)}`],
  ["flags on lines of their own", `FROM a\nCOPY ${many("--a \\\n", 900_000)}x y`],
  ["flags of a stage", `FROM ${many("--a ", 600_000)}`],
  ["heredocs of one step", `RUN ${many("<<A ")}\n${many("A\n")}`],
  ["heredocs that do not end", many("RUN <<A\n")],
  ["directives", many("#syntax=a\n")],
  ["build arguments", many("ARG a=b\n")],
  ["build arguments of one line", `ARG ${many("a=b ")}`],
  ["variables that do not end", `ARG x=${many("${")}`],
  ["quotes", `ARG x=${many(`"'`)}`],
  ["escapes", `ARG x=${many("\\ \\\n#")}`],
  ["words of JSON", `RUN [${many('"a",')}`],
  ["line breaks", many("\n")],
  ["blanks", `${many(" ")}x`],
  ["a word", many("a")],
])(
  "a long Dockerfile is read in a time that its length wants: %s",
  async (_, text) => {
    expect(await cpuTime(() => readDockerfile(text))).toBeLessThan(5_000);
  },
  120_000,
);
