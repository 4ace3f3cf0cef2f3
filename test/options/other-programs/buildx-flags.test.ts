import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { flagAnswers } from "../../../src/cli/table-flags.ts";
import { answeredBuildxFlags, forgottenFlags } from "../../../src/options/other-programs/buildx-flags.ts";
import { attributeOf, longFlag, optionsAt } from "../../../src/options/table.ts";
import { buildxHelpFile, readBuildxFlags } from "../../helpers/buildx-help.ts";
import { idleProgram } from "../../helpers/idle-program.ts";

/** Flags of buildx that are other things here, and why. */
const others: Readonly<Record<string, string>> = {
  "--builder": "the builder image, as with pack; buildx's own is --buildx-builder",
};
/** Flags that buildx takes and does not show. Source: buildx, `commands/build.go`. */
const hidden = [
  ...["--print", "--memory", "--memory-swap", "--cpu-shares", "--cpu-period", "--cpu-quota"],
  ...["--cpuset-cpus", "--cpuset-mems", "--isolation", "--security-opt", "--squash"],
];
const flags = readBuildxFlags();

it("buildx's help is read to its end", () => {
  expect(flags.length).toBe(readFileSync(buildxHelpFile, "utf8").trimEnd().split("\n").length);
  expect(flags).toContainEqual({ long: "--tag", short: "-t", hasValue: true });
  expect(flags).toContainEqual({ long: "--push", short: undefined, hasValue: false });
  expect(flags.at(-1)).toEqual({ long: "--debug", short: "-D", hasValue: false });
});

it.each(["build", "cache"])(
  "%s has each of its flags, with its letter and its value, or answers it",
  (name) => {
    const command = idleProgram().commands.find((own) => own.name() === name);
    const answered = answeredBuildxFlags.map(({ flags: text }) => longFlag(text));
    const own = (command?.options ?? []).map(({ long, short, required }) => ({
      long,
      // `-D` is pack's.
      short: answered.includes(long ?? "") ? undefined : short,
      hasValue: required,
    }));
    const wanted = flags
      .filter(({ long }) => long !== "--help" && others[long] === undefined)
      .map((flag) => (answered.includes(flag.long) ? { ...flag, short: undefined } : flag));
    expect(wanted.filter((flag) => !own.some((option) => option.long === flag.long))).toEqual([]);
    expect(own).toEqual(expect.arrayContaining(wanted));
  },
);

it("a flag of `build` that changes no buildpack cache is answered by `cache`, as are those that `build` answers", () => {
  const [build, cache] = ["build", "cache"].map((name) =>
    idleProgram().commands.find((own) => own.name() === name),
  );
  const answered = (cache?.options ?? []).filter(({ hidden }) => hidden).map(({ long }) => long);
  const own = optionsAt("cache").flatMap(({ flag = [] }) => flag);
  const flags = build?.options.filter((option) => !own.includes(option.flags)) ?? [];
  expect(answered).toEqual(expect.arrayContaining(flags.map(({ long }) => long)));
  expect(flagAnswers({ push: true, cache: false, secret: "id=A", quiet: true }, "cache")).toMatchObject(
    ["--push", "--secret", "--no-cache"].map((file) => ({ code: "cli/flag-of-build", location: { file } })),
  );
});

it("what is answered is a flag of buildx's that nothing here acts on", () => {
  const known = [...flags.map(({ long }) => long), ...hidden];
  const answered = answeredBuildxFlags.map(({ flags: text }) => longFlag(text));
  expect(answered.filter((flag) => !known.includes(flag))).toEqual([]);
  expect(hidden.filter((flag) => !answered.includes(flag))).toEqual([]);
  expect(forgottenFlags.filter((flag) => known.includes(flag))).toEqual([]);
});

it.each(answeredBuildxFlags)("$flags is answered with what helps", ({ flags: text, insteadOfBuild }) => {
  const value = text.includes("<") ? "x" : true;
  const [answer, ...more] = flagAnswers({ [attributeOf(text)]: value }, "build");
  expect(more).toEqual([]);
  expect(answer).toMatchObject({ code: "cli/buildx-flag", hint: insteadOfBuild });
});
