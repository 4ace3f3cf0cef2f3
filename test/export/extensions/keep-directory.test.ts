import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keepDirectory } from "../../../src/export/extensions/keep-directory.ts";
import { byteStringOf } from "../../../src/layer/byte-string.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

/** A directory, and what another image has in its place. */
function places() {
  const parent = temporaryDirectory();
  const directory = join(parent, "platform");
  mkdirSync(directory);
  writeFileSync(join(directory, "left"), "left");
  const root = temporaryDirectory();
  const own = join(root, directory);
  return { directory, root, own, keep: () => keepDirectory(byteStringOf(root), byteStringOf(directory)) };
}

it("brings back what the other image has, and takes the rest away", () => {
  const { directory, own, keep } = places();
  mkdirSync(join(own, "env"), { recursive: true });
  writeFileSync(join(own, "env", "A"), "b");
  keep();
  expect(existsSync(join(directory, "left"))).toBe(false);
  expect(readFileSync(join(directory, "env", "A"), "utf8")).toBe("b");
});

it("leaves nothing where the other image has nothing", () => {
  const { directory, keep } = places();
  keep();
  expect(existsSync(directory)).toBe(false);
});

it("follows no link that was left in its place", () => {
  const { directory, own, root } = places();
  const other = temporaryDirectory();
  writeFileSync(join(other, "mine"), "mine");
  const link = join(directory, "..", "linked");
  symlinkSync(other, link);
  mkdirSync(join(own, "..", "linked"), { recursive: true });
  keepDirectory(byteStringOf(root), byteStringOf(link));
  expect(readFileSync(join(other, "mine"), "utf8")).toBe("mine");
});
