import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { umask } from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CompileError } from "../../../src/diagnostics/diagnostic.ts";
import { layoutDigest } from "../../../src/engines/layout.ts";
import { OutputFiles } from "../../../src/engines/outputs/output-files.ts";
import { endedProcess } from "../../helpers/ended-process.ts";
import { faultsOf } from "../../helpers/errors.ts";
import { neighbour, neighbourTest } from "../../helpers/neighbour.ts";

let place: string;
let files: OutputFiles;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "cnb-dockerfile-outputs-"));
  files = new OutputFiles([]);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const archive = () => ({ type: "oci", destination: join(place, "app.tar"), attributes: {} });
const codes = (run: () => unknown) => {
  try {
    run();
    return [];
  } catch (error) {
    return error instanceof CompileError ? error.diagnostics.map(({ code }) => code) : [error];
  }
};

it("has a result under another name until all of it is there", () => {
  writeFileSync(join(place, "app.tar"), "before");
  const { destination = "" } = files.redirect(archive());
  writeFileSync(destination, "half");
  expect(readFileSync(join(place, "app.tar"), "utf8")).toBe("before");
  files.commit();
  expect(readFileSync(join(place, "app.tar"), "utf8")).toBe("half");
  expect(readdirSync(place)).toEqual(["app.tar"]);
});

it("leaves what was there when the build wrote nothing", () => {
  writeFileSync(join(place, "app.tar"), "before");
  mkdirSync(join(place, "layout"));
  files.redirect(archive());
  files.redirect({ type: "oci", destination: join(place, "layout"), attributes: { tar: "false" } });
  files.commit();
  expect(readdirSync(place).sort()).toEqual(["app.tar", "layout"]);
  expect(readFileSync(join(place, "app.tar"), "utf8")).toBe("before");
  expect(readdirSync(join(place, "layout"))).toEqual([]);
});

it("leaves what was there when the build fails", () => {
  writeFileSync(join(place, "app.tar"), "before");
  const { destination = "" } = files.redirect(archive());
  writeFileSync(destination, "half");
  files.discard();
  expect(readdirSync(place)).toEqual(["app.tar"]);
  expect(readFileSync(join(place, "app.tar"), "utf8")).toBe("before");
});

it("puts a directory's files beside those that are there", () => {
  mkdirSync(join(place, "out"));
  writeFileSync(join(place, "out", "mine"), "mine");
  writeFileSync(join(place, "out", "made"), "old");
  const { destination = "" } = files.redirect({
    type: "local",
    destination: join(place, "out"),
    attributes: {},
  });
  mkdirSync(destination);
  writeFileSync(join(destination, "made"), "new");
  files.commit();
  expect(readFileSync(join(place, "out", "mine"), "utf8")).toBe("mine");
  expect(readFileSync(join(place, "out", "made"), "utf8")).toBe("new");
});

it("leaves standard output and the engine's own stores alone", () => {
  const image = { type: "image", attributes: { push: "true" } };
  expect(files.redirect(image)).toBe(image);
  const standard = { type: "tar", destination: "-", attributes: {} };
  expect(files.redirect(standard)).toBe(standard);
});

it("has a pipe written to as it is, and never puts a file in its place", () => {
  const pipe = join(place, "app.tar");
  execFileSync("mkfifo", [pipe]);
  expect(files.redirect(archive())).toEqual(archive());
  files.commit();
  files.discard();
  expect(statSync(pipe).isFIFO()).toBe(true);
  expect(readdirSync(place)).toEqual(["app.tar"]);
  // Nor where it comes while the build runs.
  rmSync(pipe);
  const { destination = "" } = files.redirect(archive());
  writeFileSync(destination, "whole");
  execFileSync("mkfifo", [pipe]);
  expect(codes(() => files.commit())).toEqual(["engines/output-unwritable"]);
  expect(statSync(pipe).isFIFO()).toBe(true);
});

it("takes away what was left by a process of our own number, as each is in a container, and nothing that we write", () => {
  const left = join(place, `.app.tar.${process.pid}.0123456789abcdef.partial`);
  writeFileSync(left, "left");
  const first = files.instead(join(place, "app.tar"), "--output");
  writeFileSync(first, "ours");
  files.instead(join(place, "app.tar"), "--output");
  expect([existsSync(left), existsSync(first)]).toEqual([false, true]);
});

it("takes away what killed builds left, and nothing of builds that still run", () => {
  const ended = endedProcess();
  writeFileSync(join(place, `.app.tar.${ended}.partial`), "left");
  writeFileSync(join(place, `.app.tar.${process.ppid}.partial`), "in use");
  writeFileSync(join(place, `.app.tar.${ended}.0123456789abcdef.partial`), "left");
  writeFileSync(join(place, `.other.tar.${ended}.partial`), "another's");
  files.redirect(archive());
  files.discard();
  expect(readdirSync(place).sort()).toEqual(
    [`.app.tar.${process.ppid}.partial`, `.other.tar.${ended}.partial`].sort(),
  );
});

describe("a link in a project", () => {
  const closed = () => new OutputFiles([realpathSync(place)]);

  it("is never written through, nor replaced", () => {
    symlinkSync("elsewhere", join(place, "app.tar"));
    expect(codes(() => closed().redirect(archive()))).toEqual(["files/output-link"]);
    expect(readlinkSync(join(place, "app.tar"))).toBe("elsewhere");
    mkdirSync(join(place, "real"));
    symlinkSync("real", join(place, "out"));
    const below = { ...archive(), destination: join(place, "out", "app.tar") };
    expect(codes(() => closed().redirect(below))).toEqual(["files/output-link"]);
  });

  it("is noticed where it comes while the build runs", () => {
    const outputs = closed();
    writeFileSync(outputs.redirect(archive()).destination ?? "", "whole");
    symlinkSync("elsewhere", join(place, "app.tar"));
    expect(codes(() => outputs.commit())).toEqual(["files/output-link"]);
    expect(existsSync(join(place, "elsewhere"))).toBe(false);
    outputs.discard();
  });

  it("has no name that an unfinished output has", () => {
    const names = [1, 2].map(() => files.redirect(archive()).destination);
    expect(names[0]).toMatch(/\.app\.tar\.\d+\.[0-9a-f]{16}\.partial$/);
    expect(names[1]).not.toBe(names[0]);
  });

  it("elsewhere is the user's own", () => {
    const other = mkdtempSync(join(tmpdir(), "cnb-dockerfile-outputs-"));
    try {
      symlinkSync(place, join(other, "out"));
      const { destination = "" } = closed().redirect({
        ...archive(),
        destination: join(other, "out/app.tar"),
      });
      expect(destination).toContain(join(other, "out"));
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

it("asks for a directory before anything is built", () => {
  const missing = { ...archive(), destination: join(place, "missing", "app.tar") };
  expect(codes(() => files.redirect(missing))).toEqual(["engines/no-output-directory"]);
});

it("says so where a result cannot have its name", () => {
  const { destination = "" } = files.redirect(archive());
  writeFileSync(destination, "whole");
  mkdirSync(join(place, "app.tar"));
  writeFileSync(join(place, "app.tar", "full"), "");
  expect(faultsOf(() => files.commit())).toMatchObject([
    { code: "engines/output-unwritable", hint: expect.stringContaining(`output is in ${destination} until`) },
  ]);
  files.discard();
  expect(readFileSync(destination, "utf8")).toBe("whole");
});

it("says before anything is built that an archive cannot have the name of a directory", () => {
  mkdirSync(join(place, "app.tar"));
  expect(codes(() => files.redirect(archive()))).toEqual(["engines/output-unwritable"]);
  expect(readdirSync(place)).toEqual(["app.tar"]);
});

describe("buildctl, which knows no umask,", () => {
  const modeOf = (name: string) => (statSync(join(place, name)).mode & 0o7777).toString(8);
  /** Acts as a user with that umask. */
  const under = (mask: number, act: () => void) => {
    const before = umask(mask);
    try {
      act();
    } finally {
      umask(before);
    }
  };

  it.each([
    [0o022, "644"],
    [0o077, "600"],
    [0o002, "664"],
  ])("writes an archive as the user would (%o), from the first byte on", (mask, mode) => {
    under(mask, () => {
      const { destination = "" } = files.redirect(archive());
      expect((statSync(destination).mode & 0o7777).toString(8)).toBe(mode);
      under(0, () => writeFileSync(destination, "whole"));
      files.commit();
    });
    expect(modeOf("app.tar")).toBe(mode);
  });

  it("leaves no directory of a layout for every user to write, at no moment", () => {
    under(0o027, () => {
      const { destination = "" } = files.redirect({ ...archive(), attributes: { tar: "false" } });
      expect((statSync(join(destination, "ingest")).mode & 0o7777).toString(8)).toBe("750");
      under(0, () => {
        mkdirSync(join(destination, "ingest"), { recursive: true, mode: 0o777 });
        mkdirSync(join(destination, "blobs", "sha256"), { recursive: true });
        writeFileSync(join(destination, "blobs", "sha256", "a"), "a", { mode: 0o444 });
        writeFileSync(
          join(destination, "index.json"),
          `{"manifests":[{"digest":"sha256:${"1".repeat(64)}"}]}`,
        );
      });
      files.commit();
    });
    const names = [
      "app.tar",
      "app.tar/ingest",
      "app.tar/blobs/sha256",
      "app.tar/blobs/sha256/a",
      "app.tar/index.json",
    ];
    expect(names.map((name) => modeOf(name))).toEqual(["750", "750", "750", "440", "640"]);
  });

  it("makes a directory as the user would, whose files have the modes of the image", () => {
    const { destination = "" } = files.redirect({ ...archive(), type: "local" });
    mkdirSync(destination, { mode: 0o700 });
    writeFileSync(join(destination, "file"), "");
    chmodSync(join(destination, "file"), 0o666);
    under(0o027, () => files.commit());
    expect([modeOf("app.tar"), modeOf("app.tar/file")]).toEqual(["750", "666"]);
  });
});

neighbourTest("takes away nothing of another user's, into which he could put links meanwhile", () => {
  const ended = endedProcess();
  const planted = `.app.tar.${ended}.partial`;
  mkdirSync(join(place, planted));
  chownSync(join(place, planted), neighbour, neighbour);
  files.redirect(archive());
  files.discard();
  expect(readdirSync(place)).toEqual([planted]);
});

describe("an OCI layout", () => {
  const [one, two] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
  const write = (directory: string, digest: string, blobs: readonly string[]) => {
    mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
    for (const name of blobs) writeFileSync(join(directory, "blobs", "sha256", name), name);
    writeFileSync(join(directory, "oci-layout"), "{}");
    writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [{ digest }] }));
  };
  const output = () => ({ type: "oci", destination: join(place, "out"), attributes: { tar: "false" } });
  const blobs = () => readdirSync(join(place, "out", "blobs", "sha256")).sort();

  it("takes the place of another one, of which nothing stays", () => {
    write(join(place, "out"), one, ["a", "b"]);
    write(files.redirect(output()).destination ?? "", two, ["b", "c"]);
    files.commit();
    expect(blobs()).toEqual(["b", "c"]);
    expect(layoutDigest(join(place, "out"))).toBe(two);
    expect(readdirSync(place)).toEqual(["out"]);
  });

  it("is whole at every moment: what a kill left there counts for nothing", () => {
    write(join(place, "out"), one, ["a"]);
    writeFileSync(join(place, "out", "blobs", "sha256", "c"), "c");
    expect(layoutDigest(join(place, "out"))).toBe(one);
    write(files.redirect(output()).destination ?? "", two, ["c"]);
    files.commit();
    expect(blobs()).toEqual(["c"]);
  });

  it.each(["blobs", "blobs/sha256"])(
    "whose %s is a link is left alone, and so is what it leads to",
    (name) => {
      const elsewhere = join(place, "elsewhere");
      mkdirSync(join(elsewhere, "sha256"), { recursive: true });
      writeFileSync(join(elsewhere, "sha256", "the user's"), "");
      write(join(place, "out"), one, []);
      rmSync(join(place, "out", name), { recursive: true });
      symlinkSync(name === "blobs" ? elsewhere : join(elsewhere, "sha256"), join(place, "out", name));
      write(files.redirect(output()).destination ?? "", two, ["b"]);
      expect(codes(() => files.commit())).toEqual(["engines/output-unwritable"]);
      expect(readdirSync(join(elsewhere, "sha256"))).toEqual(["the user's"]);
    },
  );

  it("is mended by the next one", () => {
    write(join(place, "out"), one, ["a"]);
    writeFileSync(join(place, "out", "blobs", "sha256", "a"), "damaged");
    write(files.redirect(output()).destination ?? "", two, ["a"]);
    files.commit();
    expect(readFileSync(join(place, "out", "blobs", "sha256", "a"), "utf8")).toBe("a");
  });
});
