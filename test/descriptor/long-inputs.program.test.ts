import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { CompileError } from "../../src/diagnostics/diagnostic.ts";
import { readIfDockerfile } from "../../src/dockerfile/read/read-if-dockerfile.ts";
import { cpuTime } from "../helpers/cpu-time.ts";
import { faultsOf } from "../helpers/errors.ts";

/** A text in which a pattern that looks from each place to the end would look for minutes. */
const length = 400_000;
const head = '[_]\nschema-version = "0.2"\n';
const value = (text: string) => `${head}[[io.buildpacks.build.env]]\nname = "X"\nvalue = "${text}"\n`;

describe("a long descriptor takes time in proportion:", () => {
  it.each<readonly [string, string]>([
    ["a value like the beginning of an address", value("a-".repeat(length / 2))],
    ["a value like an address with a name", value("a://a".repeat(length / 5))],
    ["a value like tokens", value("eyJ-".repeat(length / 4))],
    ["a value like three tokens", value("eyJaaaaaaaaaaa.".repeat(length / 15))],
    ["a value like keys", value("-----BEGIN PRIVATE ".repeat(length / 19))],
    ["a value of blanks", value(" ".repeat(length))],
    ["a dotted key that is there twice", `${head}a${".a".repeat(1_000)} = 1\na${".a".repeat(1_000)} = 1\n`],
    ["a key of one word that is there twice", `${"a".repeat(length)} = 1\n${"a".repeat(length)} = 1\n`],
    ["a duplicate behind a long table", `x = { a = "${"a.".repeat(length / 2)}", b = 1, b = 2 }\n`],
    ["a long text before a fault", `x = "${"a".repeat(length)}"\nb = \n`],
    ["a comment before a fault", `${"#".repeat(length)}\nb = \n`],
    ["deep brackets before a fault", `x = ${"[".repeat(20_000)}${"]".repeat(20_000)}\nb = \n`],
    ["blank lines", `${"\n".repeat(length)}x`],
    ["brackets", `a = ${"[ ".repeat(5_000)}`],
    ["equals signs", `a ${"= ".repeat(length / 2)}`],
  ])(
    "%s",
    async (_, text) => {
      const spent = await cpuTime(() => {
        try {
          readDescriptor({ file: "project.toml", text }, () => {});
        } catch (error) {
          if (!(error instanceof CompileError)) throw error;
        }
      });
      expect(spent).toBeLessThan(10_000);
    },
    60_000,
  );
});

describe("whether a long file is a Dockerfile is told in time:", () => {
  it.each([
    ["blank lines", "\n".repeat(length), false],
    ["carriage returns", "\r".repeat(length), false],
    ["blanks", " ".repeat(length), false],
    ["the word alone", "FROM\n".repeat(length / 5), false],
    ["blank lines before an instruction", `${"\n".repeat(length)}  from x`, true],
  ])("%s", async (_, text, expected) => {
    const spent = await cpuTime(() =>
      expect(readIfDockerfile("Dockerfile", text) !== undefined).toBe(expected),
    );
    expect(spent).toBeLessThan(2_000);
  });
});

it("a fault at the end of a file of several megabytes has its line", () => {
  const entry = '[[io.buildpacks.build.env]]\nname = "A"\nvalue = "some text"\n';
  const text = `${entry.repeat(50_000)}value = "again"\n`;
  expect(faultsOf(() => readDescriptor({ file: "project.toml", text }, () => {}))).toMatchObject([
    { code: "descriptor/duplicate-key", location: { line: 150_001 } },
  ]);
});
