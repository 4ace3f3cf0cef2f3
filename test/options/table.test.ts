import { describe, expect, it } from "vitest";
import { argumentRows } from "../../src/options/build-arguments.ts";
import type { Door } from "../../src/options/option.ts";
import { attributeOf, optionGroups, optionRows, optionsAt } from "../../src/options/table.ts";
import { idleProgram } from "../helpers/idle-program.ts";

const commands = ["generate", "check", "plan", "build", "cache", "rebase"] as const satisfies Door[];

describe("the table of options", () => {
  it("has each name once, in one group", () => {
    const grouped = optionGroups.flatMap(({ rows }) => Object.keys(rows));
    expect(grouped).toEqual(optionRows.map(({ name }) => name));
    expect(new Set(grouped).size).toBe(grouped.length);
  });

  it.each([...commands, "frontend", "container"] as const)("says nothing twice at the door %s", (door) => {
    const rows = optionsAt(door);
    const said = [
      ...rows.flatMap(({ flag }) => (flag === undefined ? [] : [attributeOf(flag), ...letterOf(flag)])),
      ...rows.flatMap(({ argument = [] }) => argument),
    ];
    expect(said.filter((word, index) => said.indexOf(word) !== index)).toEqual([]);
  });

  it("numbers each recorded option once, from 1 on, and all of them are flags of generate", () => {
    const recorded = optionRows.filter((row) => row.recorded !== undefined);
    expect(recorded.map((row) => row.recorded).sort((a = 0, b = 0) => a - b)).toEqual(
      recorded.map((_, index) => index + 1),
    );
    const flags = optionsAt("generate").map(({ name }) => name);
    expect(recorded.filter(({ name, flag }) => flag === undefined || !flags.includes(name))).toEqual([]);
  });

  it("has a door for each way of saying an option, and a way at each door", () => {
    const wrong = optionRows.filter(({ flag, argument, variable, containerVariable, doors }) => {
      const isCommand = doors.some((door) => commands.some((name) => name === door));
      return (
        isCommand !== (flag !== undefined || variable !== undefined) ||
        doors.includes("frontend") !== (argument !== undefined) ||
        doors.includes("container") !== (containerVariable !== undefined)
      );
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it("tells the compiler only what our frontend can be told, too", () => {
    const names = argumentRows.map(({ name }) => name as string);
    const compiled = optionRows.filter((row) => row.compiled === true).map(({ name }) => name);
    expect(compiled.length).toBeGreaterThan(25);
    expect(compiled.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("is what commander knows of each command", () => {
    for (const command of idleProgram().commands) {
      const door = commands.find((name) => name === command.name());
      if (door === undefined) continue;
      const shown = command.options.filter(({ hidden }) => !hidden).map(({ flags }) => flags);
      expect(shown).toEqual(optionsAt(door).flatMap(({ flag = [] }) => flag));
    }
  });
});

/** `-B` of `-B, --builder <image>`. */
function letterOf(flag: string): string[] {
  const [, letter] = /^(-\w),/.exec(flag) ?? [];
  return letter === undefined ? [] : [letter];
}
