import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { stageNamed } from "../../../src/dockerfile/dockerfile.ts";
import { readGenerated } from "../../../src/dockerfile/read/generated.ts";
import { mountedSecrets } from "../../../src/dockerfile/read/mounted-secrets.ts";
import { readDockerfile } from "../../../src/dockerfile/read/read-dockerfile.ts";
import { printBase } from "../../../src/dockerfile/write/base.ts";
import { printInstruction } from "../../../src/dockerfile/write/instruction.ts";
import { printStages } from "../../../src/dockerfile/write/print-stages.ts";
import { commentText } from "../../../src/dockerfile/write/quote.ts";
import type { Stage } from "../../../src/stages/stage.ts";
import { caseNames, compileCase, goldenDirectory } from "../../helpers/cases.ts";
import { usualDockerfile } from "../../helpers/frontend.ts";
import { hostile } from "../../helpers/hostile.ts";
import { hostileStages } from "../../helpers/hostile-stages.ts";

describe("a Dockerfile is read:", () => {
  const text = `# syntax=acme/cnb
# Made by us.

ARG BASE=acme/base:1
ARG LEVEL='high' OTHER
# one: what comes first,
# and goes on.
FROM acme/base:1 AS one
COPY <<EOF /script
FROM nobody AS nothing
EOF
RUN --mount=type=secret,id=token,required=true --mount=type=cache,id=c,target=/c true --network=host
RUN --mount=type=secret,id=token,required=true \\
    # it is in between
    --mount=type=secret,id=other,target=/x \\
    true
ARG URL="https://\\$a\\"b\\\\/"

FROM one
FROM --platform=$BUILDPLATFORM One AS two
from scratch as ONE
`;
  const dockerfile = readDockerfile(text);

  it("its stages, what they are for and what they begin with", () => {
    expect(dockerfile.stages).toMatchObject([
      { name: "one", base: "acme/base:1", purpose: "what comes first, and goes on.", line: 8 },
      { base: "one", purpose: "" },
      { name: "two", base: "One", platform: "$BUILDPLATFORM", purpose: "" },
      { name: "ONE", base: "scratch" },
    ]);
    expect(dockerfile.stages[1]).not.toHaveProperty("name");
    expect(stageNamed(dockerfile, "one")?.line).toBe(21);
  });

  it("its instructions, with their lines and the flags in front", () => {
    const [{ instructions = [] } = {}] = dockerfile.stages;
    expect(instructions.map(({ keyword, line }) => [keyword, line])).toEqual([
      ["COPY", 9],
      ["RUN", 12],
      ["RUN", 13],
      ["ARG", 17],
    ]);
    expect(instructions[0]).toMatchObject({ flags: [], rest: "<<EOF /script\nFROM nobody AS nothing\nEOF" });
    expect(instructions[1]?.flags).toMatchObject([
      { name: "mount", value: "type=secret,id=token,required=true" },
      { name: "mount", value: "type=cache,id=c,target=/c", text: "--mount=type=cache,id=c,target=/c" },
    ]);
    expect(instructions[1]?.rest).toBe("true --network=host");
    expect(instructions[2]?.flags).toHaveLength(2);
    expect(instructions[2]?.rest).toBe("true");
  });

  it("its build arguments, without their quotes", () => {
    expect(dockerfile.arguments).toEqual([
      { name: "BASE", value: "acme/base:1" },
      { name: "LEVEL", value: "high" },
      { name: "OTHER" },
    ]);
    expect(dockerfile.stages[0]?.arguments).toEqual([{ name: "URL", value: 'https://$a"b\\/' }]);
  });

  it("the images that it takes, which are no stages before", () => {
    const { images } = readDockerfile(
      "FROM alpine:3 AS alpine\nFROM ALPINE AS b\nFROM b\nFROM c AS c\nFROM $x\n",
    );
    expect(images.map(({ base }) => base)).toEqual(["alpine:3", "c"]);
    expect(images[0]?.reference).toMatchObject({ repository: "library/alpine", tag: "3" });
  });

  it("the secrets, each once, and whether a build fails without", () => {
    expect(mountedSecrets(dockerfile)).toEqual([
      { id: "token", required: true },
      { id: "other", required: false },
    ]);
  });

  it("no secret of a program's own words", () => {
    const own = 'FROM a\nRUN ["a--b", "c --mount=type=secret,id=x"]\nRUN a--b --mount=type=secret,id=y\n';
    expect(mountedSecrets(readDockerfile(own))).toEqual([]);
  });

  it("with line ends of Windows as with others", () => {
    const windows = readDockerfile(text.replaceAll("\n", "\r\n"));
    const plain = (read: typeof dockerfile) =>
      JSON.stringify({ ...read, text: "" }).replaceAll(String.raw`\r\n`, String.raw`\n`);
    expect(plain(windows)).toBe(plain(dockerfile));
  });

  it("by the escape character that it names, and by no comment that looks like a directive", () => {
    const first = (head: string) =>
      readDockerfile(`${head}FROM a\nRUN x \`\n  y\nRUN z\n`).stages[0]?.instructions;
    expect(first("# escape=`\n")).toHaveLength(2);
    expect(first("# by=me\n# escape=`\n")).toHaveLength(3);
  });

  it("to the end of a heredoc whose delimiter is like a comment", () => {
    const { stages } = readDockerfile("FROM a\nRUN <<#EOF\n# FROM b\nFROM c\n#EOF\nFROM d\n");
    expect(stages.map(({ base }) => base)).toEqual(["a", "d"]);
  });
});

/** What a stage is to a reader. */
function seen({ name, base, purpose, instructions }: Stage) {
  const from = /^(?:--platform=(?<platform>\S+) )?(?<base>.*)$/.exec(printBase(base))?.groups;
  const written = purpose.map(commentText).join(" ").trim();
  return {
    name,
    base: from?.base,
    platform: from?.platform,
    purpose: written.startsWith(`${name}: `) ? written.slice(`${name}: `.length) : written,
    instructions: instructions.map(printInstruction),
  };
}

function reread({ stages }: ReturnType<typeof readDockerfile>) {
  return stages.map(({ name, base, platform, purpose, instructions }) => ({
    ...{ name, base, platform, purpose },
    instructions: instructions.map(({ text }) => text),
  }));
}

describe("what is written is read back to the same stages:", () => {
  it.each(caseNames())("the golden %s", async (name) => {
    const { result } = await compileCase(join(goldenDirectory, name));
    if (result === undefined) return;
    const { plan, stages, files } = result;
    const { dockerfile, written } = files;
    expect(written).toEqual(readDockerfile(dockerfile));
    expect(reread(written)).toEqual(stages.map(seen));
    expect(written.from).toMatchObject({ cacheId: plan.cache.id, arguments: plan.generator.recorded });
  });

  it("any text, wherever an instruction can hold it", () => {
    fc.assert(
      fc.property(fc.array(hostileStages, { minLength: 1, maxLength: 3 }), (all) => {
        const stages = all
          .filter(({ impossible }) => !impossible)
          .map(({ stage }) => ({ ...stage, purpose: [] }));
        expect(reread(printStages(stages))).toEqual(stages.map(seen));
      }),
      { numRuns: 100 },
    );
  });
});

describe("any text has a reading,", () => {
  const words = fc.constantFrom(
    ...[
      "FROM ",
      "ARG ",
      "RUN ",
      "COPY ",
      "ENV ",
      "ONBUILD ",
      "HEALTHCHECK ",
      "--a=b ",
      "--mount=type=secret ",
      "<<A",
      "<<-'A' ",
    ],
    ...[
      "\nA\n",
      "\n",
      "\\\n",
      "\\",
      "`\n",
      "\r",
      "\r\n",
      "#",
      "# escape=`\n",
      "# syntax=x\n",
      "# cnb-dockerfile-plan: {",
    ],
    ...['"', "'", "[", "]", '["a"]', "$", "${", "}", "=", " AS ", "a", " ", "\t", "\ufeff", "\0", "\u2028"],
  );

  it("and throws nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(words, hostile), { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const { stages, head } = readDockerfile(text);
        for (const { text: part } of [...head, ...stages.flatMap(({ instructions }) => instructions)]) {
          expect(text).toContain(part);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("and where somebody has edited a generated file, what is wrong with it is for him to mend", () => {
    fc.assert(
      fc.property(fc.oneof(words, hostile), fc.nat(usualDockerfile.length), (piece, at) => {
        const dockerfile = readDockerfile(usualDockerfile.slice(0, at) + piece + usualDockerfile.slice(at));
        mountedSecrets(dockerfile);
        try {
          readGenerated("Dockerfile", dockerfile);
        } catch (error) {
          expect(error).toBeInstanceOf(CompileError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
