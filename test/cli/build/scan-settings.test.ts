import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { scanSettingsDirectory } from "../../../src/cli/build/scan-settings.ts";
import { readBorder } from "../../../src/files/border.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf } from "../../helpers/errors.ts";

const text = "ignore: []\n";
let work: string;
let directory: string;
/** A file of this machine that is no part of the source. */
let own: string;

beforeEach(() => {
  const parent = temporaryDirectory();
  [work, directory] = [join(parent, "work"), join(parent, "source")];
  for (const place of [work, directory]) mkdirSync(place);
  own = join(parent, "policy.yaml");
  writeFileSync(own, text);
});

const read = (scanConfig: string, more: object = {}) =>
  scanSettingsDirectory(
    { scanConfig, ...more },
    { directory, border: readBorder(directory, undefined) },
    work,
  );

describe("the settings of --scan-config", () => {
  it("are a file of this machine, handed over by itself", () => {
    const place = read(own) ?? "";
    expect(readdirSync(place)).toEqual(["grype.yaml"]);
    expect(readFileSync(join(place, "grype.yaml"), "utf8")).toBe(text);
  });

  it("may be a file of the source", () => {
    writeFileSync(join(directory, "in-the-source.yaml"), text);
    expect(readFileSync(join(read("in-the-source.yaml") ?? "", "grype.yaml"), "utf8")).toBe(text);
  });

  it("are not followed out of the source", () => {
    symlinkSync(own, join(directory, "link.yaml"));
    expect(codesOf(() => read("link.yaml"))).toEqual(["files/outside-project"]);
    expect(codesOf(() => read(join(directory, "link.yaml")))).toEqual(["files/outside-project"]);
    expect(codesOf(() => read("../policy.yaml"))).toEqual(["files/outside-project"]);
  });

  it("have to be there, once", () => {
    expect(codesOf(() => read("missing.yaml"))).toEqual(["cli/no-scan-config"]);
    for (const more of [{ buildContext: ["scan-config=."] }, { buildArg: ["CNB_SCAN_CONFIG=a.yaml"] }]) {
      expect(codesOf(() => read(own, more))).toEqual(["cli/scan-config-twice"]);
    }
  });

  it("need not be named", () => {
    expect(
      scanSettingsDirectory({}, { directory, border: readBorder(directory, undefined) }, work),
    ).toBeUndefined();
  });
});
