import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { temporaryParent } from "../../../src/private/temporary/temporary-parent.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";

afterEach(() => vi.unstubAllEnvs());

it("is TMPDIR, also through links of ours", () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o1777);
  const link = join(temporaryDirectory(), "link");
  symlinkSync(directory, link);
  for (const name of [directory, link]) {
    vi.stubEnv("TMPDIR", name);
    expect(temporaryParent()).toBe(directory);
  }
});

function expectInCache(spoil: (directory: string) => void): void {
  const [temporary, cache] = [join(temporaryDirectory(), "t"), temporaryDirectory()];
  mkdirSync(temporary);
  spoil(temporary);
  vi.stubEnv("TMPDIR", temporary);
  vi.stubEnv("XDG_CACHE_HOME", cache);
  const own = temporaryParent();
  expect(own).toBe(join(cache, "cnb-dockerfile", "tmp"));
  expect(lstatSync(own).mode & 0o7777).toBe(0o700);
  expect(readdirSync(temporary)).toEqual([]);
}

it("is in our cache where every user can replace it there", () =>
  expectInCache((directory) => chmodSync(directory, 0o777)));

neighbourTest("is in our cache where those files are in a directory of another user", () =>
  expectInCache((directory) => chownSync(directory, neighbour, neighbour)),
);

it("is none where neither is ours", () => {
  const directory = join(temporaryDirectory(), "t");
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  vi.stubEnv("TMPDIR", directory);
  vi.stubEnv("XDG_CACHE_HOME", directory);
  const faults = faultsOf(() => temporaryParent());
  expect(faults).toMatchObject([{ code: "private/no-temporary-directory", location: { file: "TMPDIR" } }]);
  expect(faults[0]?.message).toBe(
    `Temporary files cannot be written to ${directory}: ${directory} can be written by every user (mode 0777).`,
  );
});

it.each([
  ["missing", "no such file or directory"],
  ["file", "not a directory"],
  ["file/below", "not a directory"],
  ["circle", "too many levels of symbolic links"],
])("is none where TMPDIR is %s", (name, reason) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "file"), "");
  symlinkSync("circle", join(directory, "circle"));
  vi.stubEnv("TMPDIR", join(directory, name));
  // It cannot be there either.
  vi.stubEnv("XDG_CACHE_HOME", "/proc/1/x");
  const faults = faultsOf(() => temporaryParent());
  expect(faults[0]?.message).toBe(
    `Temporary files cannot be written to ${join(directory, name)}: ${reason}.`,
  );
});

neighbourTest("is none that a link of another user's leads to", () => {
  const [shared, real] = [temporaryDirectory(), temporaryDirectory()];
  chmodSync(shared, 0o1777);
  const link = join(shared, "t");
  symlinkSync(real, link);
  lchownSync(link, neighbour, neighbour);
  vi.stubEnv("TMPDIR", link);
  vi.stubEnv("XDG_CACHE_HOME", join(real, "cache"));
  expect(temporaryParent()).toBe(join(real, "cache", "cnb-dockerfile", "tmp"));
  expect(readdirSync(real)).toEqual(["cache"]);
});
