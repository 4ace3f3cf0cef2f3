import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { umask } from "node:process";
import { expect, it } from "vitest";
import { NotPrivate } from "../../src/private/not-private.ts";
import { openPrivateFile, readPrivateFile, writePrivateFile } from "../../src/private/private-file.ts";
import { temporaryDirectory } from "../helpers/directory.ts";
import { neighbour, neighbourTest } from "../helpers/neighbour.ts";

it("is made for us alone, whatever the umask, and is opened to be added to", () => {
  const path = join(temporaryDirectory(), "lock");
  const before = umask(0);
  try {
    for (const text of ["one", "two"]) {
      const file = openPrivateFile(path);
      writeSync(file, text);
      closeSync(file);
    }
    writePrivateFile(`${path}-whole`, "text");
  } finally {
    umask(before);
  }
  expect(readPrivateFile(path)).toBe("onetwo");
  for (const made of [path, `${path}-whole`]) expect(lstatSync(made).mode & 0o7777).toBe(0o600);
});

it("is not opened through a link, and what the link leads to stays", () => {
  const directory = temporaryDirectory();
  const path = join(directory, "lock");
  writeFileSync(join(directory, "victim"), "precious");
  symlinkSync("victim", path);
  for (const act of [openPrivateFile, readPrivateFile]) {
    expect(() => act(path)).toThrow(new NotPrivate(`${path} is a symbolic link`));
  }
  writePrivateFile(path, "text");
  expect(readFileSync(join(directory, "victim"), "utf8")).toBe("precious");
  expect(readPrivateFile(path)).toBe("text");
});

it("is a regular file: nobody waits for the other end of a pipe", async () => {
  const path = join(temporaryDirectory(), "lock");
  execFileSync("mkfifo", [path]);
  for (const act of [openPrivateFile, readPrivateFile]) {
    expect(() => act(path)).toThrow(new NotPrivate(`${path} is not a regular file`));
  }
  const directory = join(temporaryDirectory(), "lock");
  mkdirSync(directory);
  expect(() => readPrivateFile(directory)).toThrow(new NotPrivate(`${directory} is not a regular file`));
});

it("is none where others can write it", () => {
  const path = join(temporaryDirectory(), "lock");
  writeFileSync(path, "");
  chmodSync(path, 0o666);
  expect(() => openPrivateFile(path)).toThrow(`${path} can be written by every user (mode 0666)`);
});

neighbourTest("is none where it belongs to another user", () => {
  const path = join(temporaryDirectory(), "lock");
  writeFileSync(path, "");
  chownSync(path, neighbour, neighbour);
  expect(() => openPrivateFile(path)).toThrow(`${path} belongs to user ${neighbour}`);
});
