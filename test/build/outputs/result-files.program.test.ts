import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { standInBuildctl, standInImageId } from "../../helpers/buildctl-stand-in.ts";
import { neighbourTest } from "../../helpers/neighbour.ts";
import { workplace } from "../../helpers/program.ts";

/** A Dockerfile to build. In: a shell line that runs while it is built. */
async function place(line = "") {
  const { run, directory } = await workplace({ Dockerfile: "FROM scratch\n" });
  const engine = standInBuildctl(join(directory, "..", "programs"), line);
  const build = (...words: string[]) =>
    run(["build", "--engine=buildkit", ...words, "."], { env: engine.env });
  return { build, directory, engine };
}

const flags = ["--metadata-file", "--iidfile"] as const;

describe.each(flags)("the file of %s", (flag) => {
  it("is written, also over one that is there, and through a link that the user named", async () => {
    const { build, directory } = await place();
    const outside = join(directory, "..", "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "there"), "before");
    symlinkSync("there", join(outside, "link"));
    for (const name of ["new", "link"]) {
      const { exitCode, stderr } = await build(
        `${flag}=${join(outside, name)}`,
        "--output=type=oci,dest=out.tar",
      );
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining("error")]);
      expect(readFileSync(join(outside, name), "utf8")).toContain(standInImageId);
    }
    expect(readFileSync(join(outside, "there"), "utf8")).toContain(standInImageId);
    expect(readdirSync(outside).sort()).toEqual(["link", "new", "there"]);
  });

  neighbourTest("may be a device, and so may the result", async () => {
    const { build, directory } = await place();
    // Of our own: a mistake must not cost the machine its /dev/null.
    const device = join(directory, "..", "null");
    await execa("mknod", [device, "c", "1", "3"]);
    expect((await build(`${flag}=${device}`, `--output=type=oci,dest=${device}`)).exitCode).toBe(0);
    expect(statSync(device).isCharacterDevice()).toBe(true);
    expect(readdirSync(directory)).toEqual(["Dockerfile"]);
  });

  it.each([
    ["in a directory that is missing", "missing/file", "no such file or directory"],
    ["a directory", "directory", "is a directory"],
    ["below a file", "Dockerfile/file", "not a directory"],
    ["with too long a name", "x".repeat(300), "file name too long"],
    ["on a file system that takes no files", "/proc/self/file", "no such file or directory"],
  ])("is refused before the build where it is %s", async (_, name, reason) => {
    const { build, directory, engine } = await place();
    mkdirSync(join(directory, "directory"));
    const { exitCode, stderr } = await build(`${flag}=${name}`);
    expect(stderr).toMatch(/^error: .* \[cli\/result-unwritable\]\n/);
    expect(stderr).toContain(`Cannot write ${name}: ${reason}.`);
    expect(stderr).toContain(`  at ${flag}\n`);
    expect([exitCode, engine.hasBuilt()]).toEqual([1, false]);
  });

  it("is no loss where it cannot be written at the end: the result is there and is told", async () => {
    const { build, directory, engine } = await place('rm -r "$PWD/late"');
    mkdirSync(join(directory, "late"));
    const { exitCode, stderr } = await build(`${flag}=late/file`, "--output=type=oci,dest=out.tar");
    expect([exitCode, engine.hasBuilt()]).toEqual([1, true]);
    expect(existsSync(join(directory, "out.tar"))).toBe(true);
    expect(stderr).toMatch(
      /^Written: out\.tar .*\nerror: The build succeeded, but late\/file could not be/ms,
    );
    expect(stderr).toContain("[cli/result-unwritten]");
    expect(stderr).toContain(standInImageId);
  });
});

it("what is wrong with both is said at once", async () => {
  const { build } = await place();
  const { stderr } = await build(...flags.map((flag) => `${flag}=missing/file`));
  expect(stderr.match(/\[cli\/result-unwritable\]/g)).toHaveLength(2);
});

it("a dry run writes neither, and tries neither", async () => {
  const { build } = await place();
  const { exitCode } = await build("--dry-run", ...flags.map((flag) => `${flag}=missing/file`));
  expect(exitCode).toBe(0);
});

it("--json has what could not be written at the end, beside the result", async () => {
  const { build, directory } = await place('rm -r "$PWD/late"');
  mkdirSync(join(directory, "late"));
  const { exitCode, stdout } = await build("--json", "--iidfile=late/file", "--output=type=oci,dest=out.tar");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    digest: standInImageId,
    diagnostics: [{ code: "cli/result-unwritten", severity: "error" }],
  });
});
