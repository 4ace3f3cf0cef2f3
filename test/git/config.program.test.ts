import { execa } from "execa";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseConfig } from "../../src/git/config.ts";
import { testSeed } from "../helpers/test-seed.ts";

/** What git reads in the same text. Undefined: it refuses it. */
async function asGit(text: string): Promise<[string, string | undefined][] | undefined> {
  const { exitCode, stdout } = await execa(
    "git",
    ["config", "--file", "-", "--no-includes", "--null", "--list"],
    { cwd: "/", input: text, reject: false },
  );
  if (exitCode !== 0) return undefined;
  return stdout
    .split("\0")
    .slice(0, -1)
    .map((line) => {
      const at = line.indexOf("\n");
      return at === -1 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
    });
}

const ours = (text: string) => parseConfig(text)?.map(({ name, value }) => [name, value]);

it.each([
  ['[remote "origin"]\n\turl = https://git.example/a.git\n'],
  ['[Remote "Or.ig\\"in\\\\"]\nURL=x ; comment\n'],
  ["[remote.Origin]\nurl = a  b   # comment\n"],
  ['[a]\nb = "quoted # ; " tail\n[a "b"] c\n[d]e=f'],
  ["[a]\r\nb = c\\\r\n d\r\n"],
  ["[a]\nb = one\\\n two\\n\\t\\\\\n"],
  ["\ufeff[a]\nb=\n"],
  ['[include]\npath = /etc/passwd\n[includeIf "gitdir:/"]\npath=x\n'],
  ['[a]\nb = "open\n'],
  ["[a]\nb = \\q\n"],
  ["[a\nb = c\n"],
  ['[a "b\n"]\nc=d\n'],
  ["b = c\n"],
  ["[a]\n1b = c\n"],
  ["[a]\nb c\n"],
  ["[a]b=c\n"],
  [""],
])("reads %j as git does", async (text) => {
  expect(ours(text)).toEqual(await asGit(text));
});

it("reads any text as git does", async () => {
  // No tab within a value: git before 2.45 makes a blank of it.
  const pieces = [
    ...["[", "]", "a", "b", "remote", '"', "\\", "=", " ", "\n", "#", ";", ".", "-", "1"],
    ...["url", '[remote "o"]\n', "[a]\n", "x = y\n", "\\n", "\\\n", "é", "\r\n"],
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((list) => list.join(""));
  await fc.assert(
    fc.asyncProperty(text, async (one) => {
      expect(ours(one)).toEqual(await asGit(one));
    }),
    { numRuns: 200, seed: testSeed("git configurations") },
  );
});

it("takes a large file in no time that grows with its square", () => {
  const begin = performance.now();
  parseConfig(`[a]\n${"b = ".padEnd(4_000_000, " \\\n")}`);
  parseConfig(`[a "${"x".repeat(4_000_000)}`);
  expect(performance.now() - begin).toBeLessThan(20_000);
});
