import { execFileSync } from "node:child_process";
import { lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { changesFile, parseLayerChanges } from "../../../src/contract/layer-changes.ts";
import { writeChanges } from "../../../src/export/extensions/changes.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { codesOf } from "../../helpers/errors.ts";

const begin = `
mkdir -p etc opt/gone/deep opt/kept && echo a >etc/a && echo b >opt/gone/deep/b && echo c >opt/kept/c && ln -s kept opt/link
chmod 751 opt/kept
find . -exec touch -h -d 2020-01-01 {} +
`;

/** What one shell script after the other did to a file system. */
function changes(...scripts: readonly string[]) {
  const root = temporaryDirectory();
  const shell = (script: string, cwd: string) => execFileSync("sh", ["-euc", script], { cwd });
  const at = (...names: readonly string[]) => join(root, ...names);
  mkdirSync(at("states", "0"), { recursive: true });
  shell(begin, at("states", "0"));
  for (const [index, script] of scripts.entries()) {
    const [before, after] = [index, index + 1].map((number) => at("states", String(number)));
    shell(`cp -a ${before} ${after}`, root);
    shell(script, after ?? "");
    // As BuildKit has it: what is new or another, with the directories above, and those in which something is gone.
    const difference = at("differences", String(index + 1));
    mkdirSync(difference, { recursive: true });
    shell(
      `find . ! -type d | while read -r f; do
        if [ -L "$f" ]; then [ "$(readlink "$f")" = "$(readlink "${before}/$f")" ] && continue
        else [ -f "${before}/$f" ] && cmp -s "$f" "${before}/$f" && continue; fi
        cp -a --parents "$f" ${difference}
      done
      find . -type d | while read -r d; do
        if [ -d "${before}/$d" ]; then
          [ "$(stat -c %y "$d")" = "$(stat -c %y "${before}/$d")" ] && continue
          mkdir -p "${difference}/$d" && chmod --reference="$d" "${difference}/$d"
        else cp -a --parents "$d" ${difference}; fi
      done`,
      after ?? "",
    );
  }
  const to = at("to");
  mkdirSync(to);
  writeChanges({
    states: byteStringOf(at("states")),
    differences: byteStringOf(at("differences")),
    to: byteStringOf(to),
    count: scripts.length,
  });
  return { to, list: parseLayerChanges(readFileSync(join(to, changesFile), "utf8")) };
}

it("are empty where only the time of a directory is another", () => {
  const { list } = changes("touch etc", "true");
  expect(list).toEqual([
    { isEmpty: true, deleted: [] },
    { isEmpty: true, deleted: [] },
  ]);
});

it("are not empty where something is added, changed or taken away", () => {
  const { list } = changes("echo x >etc/x", "echo y >etc/x", "rm etc/x", "mkdir opt/new");
  expect(list.map(({ isEmpty }) => isEmpty)).toEqual([false, false, false, false]);
});

it("name what is gone, the topmost alone, also where something of another kind is in its place", () => {
  const { list } = changes(
    "rm -r opt/gone && rm etc/a",
    "rm opt/link && mkdir opt/link",
    "rm -r opt/link && echo >opt/link",
  );
  expect(list.map(({ deleted }) => deleted)).toEqual([["/etc/a", "/opt/gone"], ["/opt/link"], ["/opt/link"]]);
});

describe("bring touched directories along, empty, with their modes,", () => {
  it("each with those above it", () => {
    const { to } = changes("rm opt/kept/c");
    expect(readdirSync(join(to, "1"))).toEqual(["opt"]);
    expect(lstatSync(join(to, "1/opt/kept")).mode & 0o7777).toBe(0o751);
    expect(readdirSync(join(to, "1/opt/kept"))).toEqual([]);
  });

  it("of each instruction for itself", () => {
    const { to } = changes("touch etc", "touch opt/kept");
    expect(readdirSync(join(to, "1"))).toEqual(["etc"]);
    expect(readdirSync(join(to, "2"))).toEqual(["opt"]);
  });
});

it("cannot be told to BuildKit where a name that is gone is not UTF-8", () => {
  const write = `printf x >"$(printf 'etc/\\377')"`;
  expect(codesOf(() => changes(write, `rm etc/$(printf '\\377')`))).toEqual(["export/odd-name"]);
});

it("are listed for each of many instructions", () => {
  const { list } = changes(...Array.from({ length: 12 }, (_, index) => `echo >etc/${index}`));
  expect(list).toHaveLength(12);
});
