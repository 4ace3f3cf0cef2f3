import { describe, expect, it } from "vitest";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { readWorkspaceMode } from "../../src/options/values/workspace-mode.ts";
import { faultsOf } from "../helpers/errors.ts";

const own = (lines: string) => {
  const text = `[_]\nschema-version = "0.2"\n\n[io.github.cnb-dockerfile]\n${lines}\n`;
  return readDescriptor({ file: "project.toml", text }, () => {});
};

describe("the mode of the app's directory", () => {
  it.each([
    ["755", "0755"],
    ["0755", "0755"],
    ["2775", "2775"],
    ["01777", "1777"],
    ["0700", "0700"],
  ])("%s is %s", (text, mode) => {
    expect(readWorkspaceMode(text)).toBe(mode);
    expect(own(`workspace-mode = "${text}"`).workspaceMode).toBe(mode);
  });

  it.each(["", "7", "0644", "0555", "888", "0o755", "u=rwx", "00755", "17777", "0755\n"])(
    "%j is none",
    (text) => {
      expect(readWorkspaceMode(text)).toBeUndefined();
      const [fault, ...others] = faultsOf(() => own(`workspace-mode = ${JSON.stringify(text)}`));
      expect(others).toEqual([]);
      expect(fault).toMatchObject({
        code: "plan/bad-workspace-mode",
        location: { file: "project.toml", keyPath: "io.github.cnb-dockerfile.workspace-mode" },
      });
    },
  );

  it.each(["755", "0o755", "493"])("written as the number %s is told how to write it", (number) => {
    const [fault] = faultsOf(() => own(`workspace-mode = ${number}`));
    expect(fault?.code).toBe("descriptor/wrong-type");
    expect(JSON.stringify(fault)).toContain('workspace-mode = \\"0755\\"');
  });
});

describe("keep-modes", () => {
  it("is on, off, or not said", () => {
    expect(own("keep-modes = true").keepModes).toBe(true);
    expect(own("keep-modes = false").keepModes).toBe(false);
    expect(own("")).not.toHaveProperty("keepModes");
  });

  it("as a text is told how to write it", () => {
    const [fault] = faultsOf(() => own('keep-modes = "yes"'));
    expect(fault?.message).toContain("true or false");
    expect(JSON.stringify(fault)).toContain("`keep-modes = true`");
  });
});
