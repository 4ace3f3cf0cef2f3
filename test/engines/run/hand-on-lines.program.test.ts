import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handOnLines, maxPiece } from "../../../src/engines/run/hand-on-lines.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { standInEngines } from "../../helpers/engine-stand-ins.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { testSeed } from "../../helpers/test-seed.ts";

/** What comes out for pieces of bytes that come in, and the lines that were looked at. */
async function handedOn(pieces: readonly (string | Buffer)[], keepsColors = false) {
  const input = new PassThrough();
  const written: string[] = [];
  const lines: string[] = [];
  const end = handOnLines(input, {
    keepsColors,
    wants: (line) => lines.push(line) > 0,
    write: (text) => void written.push(text),
  });
  for (const piece of pieces) input.write(piece);
  input.end();
  await end;
  return { text: written.join(""), written, lines };
}

const shownText = async (text: string, keepsColors = false) => (await handedOn([text], keepsColors)).text;

describe("a line of a build's progress", () => {
  it("ends at a newline alone, before which a carriage return does not count", async () => {
    expect(await shownText("#1 0.1 a\r\n#1 0.2 b\n#1 c")).toBe("#1 0.1 a\n#1 0.2 b\n#1 c\n");
  });

  it.each([
    ["a carriage return", "\r", "␍"],
    ["a line separator", "\u2028", "\ufffd"],
    ["a paragraph separator", "\u2029", "\ufffd"],
    ["a next line", "\u0085", "\ufffd"],
    ["a vertical tab", "\v", "␋"],
    ["a form feed", "\f", "␌"],
  ])("is not ended by %s", async (_, character, picture) => {
    for (const keepsColors of [false, true]) {
      expect(await shownText(`#1 0.1 a${character}::error::of ours\n`, keepsColors)).toBe(
        `#1 0.1 a${picture}::error::of ours\n`,
      );
    }
  });

  it("has no escape sequence where no colours are wanted", async () => {
    const text =
      "#1 \u001b[1;31mred\u001b[0m \u001b]0;title\u0007\u001b[2J\u001b(B\u001b]8;;x\u001b\\y\u001b[0K.\n";
    expect(await shownText(text)).toBe("#1 red y.\n");
    // What is cut off, or no sequence, is shown.
    expect(await shownText("\u001b[31\u0001\u001b\n")).toBe("31␁␛\n");
  });

  it("has colours alone where they are wanted, and none behind it", async () => {
    expect(await shownText("#1 \u001b[1;31mred\u001b[2J\u001b]0;x\u0007!\n#2 plain\n", true)).toBe(
      "#1 \u001b[1;31mred!\u001b[0m\n#2 plain\n",
    );
  });

  it.each([
    "::error::x",
    "  ::add-mask::x",
    "\u001b[0m::error::x",
    "\u001b[0m \u001b[1m::error::x",
    "\ufeff::x",
    "\u200b::error::x",
    "\u2060 \u00ad\u034f::error::x",
    `${" ".repeat(maxPiece)}::error::x`,
    `${" ".repeat(maxPiece - 1)}::error::x`,
    `${" ".repeat(maxPiece - 2)}::error::x`,
    `${"\u200b".repeat(3 * maxPiece - 1)}::error::x`,
  ])("is no command of a CI system: %j", async (line) => {
    for (const keepsColors of [false, true]) {
      const text = await shownText(`${line}\n`, keepsColors);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are looked through
      expect(text).not.toMatch(/^(?:\u034f|[\s\u200b\u2060\u00ad]|\u001b\[\d*m)*::/);
      expect(text).toContain(": :");
    }
  });

  it.each([
    "#1 0.1 ##[add-mask]x",
    "##vso[task.setvariable variable=PATH]x",
    "x ##teamcity[message text='x']",
    "x ##VSO[task.complete]x",
    "x ##TeamCity[message text='x']",
    ...[1, 2, 3, 4, 5].map((cut) => `${"x".repeat(maxPiece - cut)}##vso[task.complete]`),
    ...[1, 2, 9].map((cut) => `#12 0.3 ${"x".repeat(maxPiece - 8 - cut)}##[error]boo`),
    `${"x".repeat(maxPiece - 9)}##teamcity[x]`,
  ])("holds no command that would count anywhere in it: %s", async (line) => {
    expect(await shownText(`${line}\n`)).toBe(`${line.replace("##", "# #")}\n`);
  });

  const commandParts = [
    "##",
    "#",
    "[",
    "vso",
    "VS",
    "o",
    "teamcity",
    "t",
    "eam",
    ":",
    "::",
    " ",
    "\u200b",
    "x",
    "\t",
  ];
  /** A line whose hostile part lies at a border of pieces, in the chunks that it comes in. */
  const cutLines = (units: readonly string[]) =>
    fc
      .tuple(
        fc.constantFrom(" ", "x", ":", "#", "\u200b"),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 2 }),
        fc.array(fc.constantFrom(...units), { maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: 2 * maxPiece }), { maxLength: 5 }),
      )
      .map(([fill, before, pieces, parts, cuts]) => {
        const line = `${fill.repeat(pieces * maxPiece - before)}${parts.join("")}`;
        const ends = [...cuts.sort((a, b) => a - b), line.length];
        return { line, chunks: ends.map((end, index) => line.slice(ends[index - 1] ?? 0, end)) };
      });

  it("has the same commands parted wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(cutLines(commandParts), async ({ line, chunks }) => {
        const whole = line
          .replace(/##(?=(?:vso|teamcity)?\[)/gi, "# #")
          .replace(/^([\s\u200b]*:)(?=:)/, "$1 ");
        // That the texts are long is no help to whoever reads a fault.
        const { text } = await handedOn([...chunks, "\n"]);
        expect(text.slice(-60)).toBe(`${whole}\n`.slice(-60));
        expect(text === `${whole}\n`).toBe(true);
      }),
      { seed: testSeed("commands in cut lines"), numRuns: 500 },
    );
  });

  it("has no command by what is taken out of it at a cut", async () => {
    const escapes = ["\u001b[2J", "\u001b", "\u001b]x\u0007", "\u001b[31m", "\r", "\u0007"];
    await fc.assert(
      fc.asyncProperty(
        cutLines([...commandParts, ...escapes]),
        fc.boolean(),
        async ({ chunks }, keepsColors) => {
          const { text } = await handedOn([...chunks, "\n"], keepsColors);
          expect(/##(?:vso|teamcity)?\[/i.test(text)).toBe(false);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are looked through
          expect(/^(?:[\s\u200b]|\u001b\[\d*m)*::/.test(text)).toBe(false);
        },
      ),
      { seed: testSeed("escapes in cut lines"), numRuns: 500 },
    );
  });

  it("without an end is handed on in pieces, none of which begins a line", async () => {
    const long = `#1 0.1 ${"x".repeat(maxPiece - 20)}\u{1f600}${"::error::y".repeat(20_000)}`;
    const { text, written, lines } = await handedOn([...(long.match(/.{1,1000}/gsu) ?? []), "\nnext\n"]);
    expect(text).toBe(`${long}\nnext\n`);
    expect(Math.max(...written.map((piece) => piece.length))).toBeLessThanOrEqual(maxPiece + 1);
    expect(lines).toEqual([long.slice(0, maxPiece), "next"]);
  });

  it("is cut nowhere within a character", async () => {
    const long = `${"x".repeat(maxPiece - 1)}\u{1f600}y`;
    const { text, written } = await handedOn([`${long}\n`]);
    expect(text).toBe(`${long}\n`);
    expect(written.every((piece) => piece.isWellFormed())).toBe(true);
    const bytes = Buffer.from("#1 0.1 ä€\u{1f600}\n");
    expect((await handedOn(Array.from(bytes, (byte) => Buffer.from([byte])))).text).toBe(bytes.toString());
  });

  it("is left out as a whole where it is not wanted", async () => {
    const input = new PassThrough();
    const written: string[] = [];
    const ended = handOnLines(input, {
      keepsColors: false,
      wants: (line) => !line.startsWith("no"),
      write: (text) => void written.push(text),
    });
    input.end(`no${"x".repeat(3 * maxPiece)}\nyes\n`);
    await ended;
    expect(written.join("")).toBe("yes\n");
  });

  it("has as many lines as it has newlines, whatever is in it", async () => {
    const unit = fc.oneof(
      fc.constantFrom(
        "\r",
        "\n",
        "\u2028",
        "\u0085",
        "\u001b[31m",
        "\u001b[",
        "\u001b]",
        "\u0007",
        "::",
        " ",
        "##[",
      ),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit, maxLength: 30 })),
        fc.boolean(),
        async (pieces, keepsColors) => {
          const { text } = await handedOn(pieces, keepsColors);
          const whole = pieces.join("");
          const count = whole.split("\n").length - (whole.endsWith("\n") || whole === "" ? 1 : 0);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what may be left
          const plain = text.replace(/\u001b\[[\d;:]*m/g, "");
          expect(text === "" ? [] : plain.slice(0, -1).split("\n")).toHaveLength(count);
          expect(plain).not.toMatch(/(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
          expect(plain).not.toMatch(/^\s*::/m);
        },
      ),
      { seed: testSeed("handed on lines"), numRuns: 300 },
    );
  });

  it("takes no longer for being hostile", async () => {
    const started = performance.now();
    for (const unit of [
      "\u001b]",
      "\u001b]a;",
      "\u001b[",
      "\u001b[1",
      "\u001b;a",
      "##",
      "\u001b##",
      " ",
      ":",
    ]) {
      await handedOn([`${unit.repeat(2 ** 20 / unit.length)}\n`, `${"\u001b"}${unit.repeat(2 ** 16)}`]);
    }
    expect(performance.now() - started).toBeLessThan(60_000);
  });
});

describe.each(["buildx", "buildkit"])("by %s, what a step of a stranger's writes", (name) => {
  const flags = [`--engine=${name}`, "--buildkit-host=tcp://127.0.0.1:9", "--platform=linux/amd64"];

  /** The standard error of a build whose client writes a text there. */
  async function built(text: string, env: Readonly<Record<string, string>> = {}) {
    const bin = join(temporaryDirectory(), "bin");
    mkdirSync(bin, { recursive: true });
    const said = join(bin, "said");
    writeFileSync(said, text);
    const engine = standInEngines(bin, `cat '${said}' >&2; exit 1`);
    chmodSync(said, 0o644);
    const work = await workplace({ "project.toml": projectToml });
    return work.run(["build", ...flags, "--output=type=oci,dest=out.tar", "."], {
      env: { ...engine.env, NO_COLOR: "", FORCE_COLOR: "", ...env },
    });
  }

  it("forges no line of ours, and no exit code", async () => {
    const forged = "ERROR: failed to push x: unexpected status: 503 x";
    const text = `#1 0.1 a\r::error::b\u2028error: c [cli/no-room]\r${forged}\u2029${forged}\n`;
    const { stderr, exitCode } = await built(text);
    expect(stderr).toContain(`#1 0.1 a␍::error::b\ufffderror: c [cli/no-room]␍${forged}\ufffd${forged}\n`);
    expect(exitCode).toBe(1);
  });

  it("has colours only where they are asked for", async () => {
    const text = "#1 0.1 \u001b[31mred\u001b[0m\n";
    expect((await built(text)).stderr).toContain("#1 0.1 red\n");
    expect((await built(text, { FORCE_COLOR: "1", NO_COLOR: "1" })).stderr).toContain("#1 0.1 red\n");
    expect((await built(text, { FORCE_COLOR: "1" })).stderr).toContain("#1 0.1 \u001b[31mred\u001b[0m");
  });
});
