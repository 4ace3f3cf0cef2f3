import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byteStringOf, bytesOf } from "../../src/layer/byte-string.ts";
import { isSameTree } from "../../src/layer/same-tree.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

/** Larger than what is compared at a time. */
const large = Buffer.alloc((1 << 18) + 5, "large");

function makeTree(): string {
  const root = temporaryDirectory();
  mkdirSync(join(root, "directory/empty"), { recursive: true });
  writeFileSync(join(root, "directory/large"), large);
  writeFileSync(join(root, "directory/nothing"), "");
  writeFileSync(bytesOf(`${root}/\xff`), "no UTF-8");
  symlinkSync("directory/large", join(root, "link"));
  return root;
}

const isSame = (one: string, other: string) => isSameTree(byteStringOf(one), byteStringOf(other));

describe("two trees", () => {
  it("are the same by what is in them, whatever their times are", () => {
    const [one, other] = [makeTree(), makeTree()];
    utimesSync(join(other, "directory/large"), 1, 1);
    expect([isSame(one, other), isSame(one, one)]).toEqual([true, true]);
  });

  it.each<[string, (root: string) => void]>([
    ["a file has another last byte", (root) => writeFileSync(join(root, "directory/large"), changed(-1))],
    ["a file has another first byte", (root) => writeFileSync(join(root, "directory/large"), changed(0))],
    ["a file is longer", (root) => writeFileSync(join(root, "directory/nothing"), "x")],
    ["a file has another mode", (root) => chmodSync(join(root, "directory/nothing"), 0o755)],
    ["a directory has another mode", (root) => chmodSync(join(root, "directory/empty"), 0o700)],
    ["the root has another mode", (root) => chmodSync(root, 0o711)],
    ["a link leads elsewhere", (root) => replace(root, "link", (path) => symlinkSync("directory", path))],
    ["a link is a file", (root) => replace(root, "link", (path) => writeFileSync(path, large))],
    ["a directory is a file", (root) => replace(root, "directory/empty", (path) => writeFileSync(path, ""))],
    ["something is missing", (root) => rmSync(join(root, "directory/nothing"))],
    ["the last is missing", (root) => rmSync(bytesOf(`${root}/\xff`))],
    ["something is new", (root) => writeFileSync(join(root, "directory/new"), "")],
    ["the last is new", (root) => writeFileSync(bytesOf(`${root}/\xff\xff`), "")],
    ["something has another name", (root) => mkdirSync(join(root, "directory/empty2"))],
  ])("are not where %s", (_, change) => {
    const [one, other] = [makeTree(), makeTree()];
    change(other);
    expect([isSame(one, other), isSame(other, one)]).toEqual([false, false]);
  });

  it.each<[string, (root: string) => void]>([
    ["a file has two names", (root) => linkSync(join(root, "directory/large"), join(root, "second"))],
    ["there is a pipe", (root) => void execFileSync("mkfifo", [join(root, "pipe")])],
  ])("count as different where %s in both", (_, change) => {
    const [one, other] = [makeTree(), makeTree()];
    for (const root of [one, other]) change(root);
    expect(isSame(one, other)).toBe(false);
  });
});

function changed(at: number): Buffer {
  const bytes = Buffer.from(large);
  bytes.writeUInt8(0, at === -1 ? bytes.length - 1 : at);
  return bytes;
}

function replace(root: string, path: string, put: (path: string) => void): void {
  rmSync(join(root, path), { recursive: true });
  put(join(root, path));
}
