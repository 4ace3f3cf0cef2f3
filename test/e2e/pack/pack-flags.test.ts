import { execa } from "execa";
import { beforeAll, expect, it } from "vitest";
import { answeredPackFlags } from "../../../src/options/other-programs/pack-flags.ts";
import { idleProgram } from "../../helpers/idle-program.ts";
import { workplace } from "../../helpers/program.ts";
import { labTools } from "../../lab/tool-list.ts";
import { makeTools, toolPath } from "../../lab/tools.ts";

/** A flag as `pack build --help` lists it. */
interface PackFlag {
  readonly long: string;
  readonly short: string | undefined;
  readonly hasValue: boolean;
}

let flags: readonly PackFlag[];

beforeAll(async () => {
  const pack = labTools.find(({ name }) => name === "pack");
  if (pack === undefined) throw new Error("the lab has no pack");
  await makeTools([pack]);
  flags = readHelp((await execa(toolPath(pack), ["build", "--help"])).stdout);
});

function readHelp(text: string): PackFlag[] {
  const line = /^ {2}(?:-(?<short>\w), | {4})--(?<long>[\w-]+)(?: (?<type>\w+))? {2,}\S/gm;
  return Array.from(text.matchAll(line), ({ groups = {} }) => ({
    long: `--${groups.long}`,
    short: groups.short === undefined ? undefined : `-${groups.short}`,
    hasValue: groups.type !== undefined,
  }));
}

it("pack's help is read to its end", () => {
  expect(flags.length).toBeGreaterThanOrEqual(40);
  expect(flags).toContainEqual({ long: "--builder", short: "-B", hasValue: true });
  expect(flags).toContainEqual({ long: "--publish", short: undefined, hasValue: false });
  expect(flags.at(-1)).toEqual({ long: "--verbose", short: "-v", hasValue: false });
});

it.each(["generate", "check", "plan", "build"])(
  "%s knows every flag of pack build, its letter and whether it has a value",
  (name) => {
    const command = idleProgram().commands.find((own) => own.name() === name);
    const own = (command?.options ?? []).map(({ long, short, required }) => ({
      long,
      short,
      hasValue: required,
    }));
    // Commander has --help for itself.
    const wanted = flags.filter(({ long }) => long !== "--help");
    expect(wanted.filter(({ long }) => !own.some((option) => option.long === long))).toEqual([]);
    expect(own.filter(({ long }) => wanted.some((flag) => flag.long === long))).toEqual(
      expect.arrayContaining(wanted),
    );
  },
);

it("what is answered is a flag of pack's, and its answer is what one gets", async () => {
  const answered = answeredPackFlags.map(({ flags: text }) => /--[\w-]+/.exec(text)?.[0] ?? text);
  const known = flags.filter(({ long }) => answered.includes(long));
  expect(known.map(({ long }) => long).sort()).toEqual([...answered].sort());
  const words = known.flatMap(({ long, hasValue }) => (hasValue ? [long, "1"] : [long]));
  const { exitCode, stdout } = await (await workplace()).run(["check", "--json", ...words]);
  const told = JSON.parse(stdout) as { code: string; hint: string; location: { file: string } }[];
  expect(exitCode).toBe(1);
  expect(told.map(({ code, hint, location }) => [code, location.file, hint])).toEqual(
    answeredPackFlags.map(({ instead }, index) => ["cli/pack-flag", answered[index], instead]),
  );
});
