import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { freezeInstructions } from "../../../src/dockerfile/frozen/frozen-instructions.ts";
import { type BuildkitInstruction, DockerfileReader } from "../../helpers/dockerfile-reader.ts";
import { testSeed } from "../../helpers/test-seed.ts";

let reader: DockerfileReader;

// The first time the reader is built, and its packages fetched.
beforeAll(async () => {
  reader = await DockerfileReader.start();
}, 600_000);
afterAll(() => reader.close());

const context = "extend-context-1";

/** Of what a Dockerfile is made, and what parsers read differently. */
const words = [
  ...[
    "RUN ",
    "COPY ",
    "ADD ",
    "ENV ",
    "ARG ",
    "USER ",
    "LABEL ",
    "SHELL ",
    "CMD ",
    "ONBUILD ",
    "FROM x",
    "HEALTHCHECK CMD ",
  ],
  ...["a", "b ", "A=b ", "/c", "[", "]", '["a", "b"]', "1001", "$a", "true", "&& ", "; ", "--", "- "],
  ...[
    "--mount=type=secret,id=t ",
    "--mount=type=bind,target=/x ",
    "--mount=type=cache,target=/y ",
    "--mount=",
    "--network=host ",
  ],
  ...[
    "--security=insecure ",
    "--network=none ",
    "--from=acme/x:1 ",
    "--from=builder ",
    "--chown=1:2 ",
    "--link ",
  ],
  ...["<<E ", "<<E\nx\nE\n", "<<-'F'\n\ty\n\tF\n", '<<"G" ', "\nE\n", "\nF\n", "<<", "3<<E "],
];
const breaks = [
  "\n",
  "\n",
  "\n",
  " \\\n",
  "\\\n",
  " \\ \n",
  "\n\n",
  " ",
  " ",
  "\t",
  "# c\n",
  "\\\n# c\n",
  "\\\n\n",
];
const odd = [
  '"',
  "'",
  "\\",
  '"unt"',
  "\f",
  "\v",
  "\r",
  "\u0085",
  "\u00a0",
  "\u00e0",
  "\ufeff",
  "\u2028",
  "`",
];

const bodies = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...words) },
      { weight: 10, arbitrary: fc.constantFrom(...breaks) },
      { weight: 1, arbitrary: fc.constantFrom(...odd) },
    ),
    { minLength: 2, maxLength: 14 },
  )
  .map((parts) => parts.join(""));

/** Undefined: it is refused. */
function freeze(body: string): readonly string[] | undefined {
  const text = `ARG base_image\nFROM x\nRUN true\n${body}\n`;
  const dockerfile = { ...{ id: "acme/a", version: "1", kind: "build" as const, text }, arguments: [] };
  try {
    return freezeInstructions({ dockerfile, values: new Map([["a", "set"]]), context }).instructions;
  } catch (error) {
    if (error instanceof CompileError) return undefined;
    throw error;
  }
}

/** What an instruction has that no extension gets, or that is not its own. */
function taken({ copy, run }: BuildkitInstruction): string[] {
  const mounts = run?.mounts ?? [];
  return [
    ...mounts.flatMap(({ type }) => (["secret", "ssh"].includes(type) ? [type] : [])),
    ...mounts.flatMap(({ type, from }) =>
      type === "bind" && from === undefined ? ["the build's context, mounted"] : [],
    ),
    ...(run?.network === "host" ? ["the machine's network"] : []),
    ...(run?.security === "insecure" ? ["the machine's rights"] : []),
    ...(copy !== undefined && copy.from === undefined && (copy.sources ?? []).length > 0
      ? ["the build's context"]
      : []),
    ...[copy?.from, ...mounts.map(({ from }) => from)].flatMap((from) =>
      from === "builder" ? ["a stage of ours"] : [],
    ),
  ];
}

it("what goes into our file is for BuildKit what we read, and nothing that extensions do not get", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const frozen = freeze(body);
      if (frozen === undefined) return;
      const dockerfile = ["FROM scratch AS own", ...frozen, "FROM scratch AS below", "USER 7", ""].join("\n");
      const { dockerfile: read } = await reader.ask({ dockerfile });
      // It fails as a whole then.
      if (read === undefined) return;
      accepted += 1;
      expect(read.stages.map(({ name }) => name)).toEqual(["own", "below"]);
      const [own, below] = read.stages;
      expect(below?.instructions.map(({ keyword, text }) => [keyword, text])).toEqual([["USER", "7"]]);
      const keywords = frozen.map((text) => text.split(/[ \t\\]/, 1)[0]?.toUpperCase());
      expect(own?.instructions.map(({ keyword }) => keyword)).toEqual(keywords);
      expect(own?.instructions.flatMap(taken)).toEqual([]);
    }),
    { numRuns: 20_000, seed: testSeed("Dockerfiles of extensions") },
  );
  expect(accepted).toBeGreaterThan(300);
}, 300_000);
