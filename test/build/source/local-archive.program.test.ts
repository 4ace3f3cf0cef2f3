import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { oddTar } from "../../helpers/archives.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { standInEngines } from "../../helpers/engine-stand-ins.ts";
import { projectToml, workplace } from "../../helpers/program.ts";
import { writeClone } from "../../helpers/written-clone.ts";
import { oddZip } from "../../helpers/zip.ts";

const jar = oddZip([
  {
    name: "META-INF/MANIFEST.MF",
    content: "Main-Class: org.springframework.boot.loader.launch.JarLauncher\n",
  },
  { name: "BOOT-INF/classes/App.class", content: "x" },
]);
const withDescriptor = oddZip([
  { name: "project.toml", content: projectToml.replace("shop", "inside") },
  { name: "app.js", content: "x" },
]);

/** A directory with archives, and an engine that tells what it is to build: files of the context, and the file. */
async function archives(files: Readonly<Record<string, Buffer | string>>) {
  const place = await workplace();
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(place.directory, path)), { recursive: true });
    writeFileSync(join(place.directory, path), bytes);
  }
  const bin = join(temporaryDirectory(), "bin");
  const seen = join(bin, "seen");
  const engine = standInEngines(
    bin,
    `{ (cd "$context" && find . -type f | sort); for word; do case $word in --file=*) cat "\${word#--file=}" ;; esac; done; } >${seen}`,
  );
  const build = (words: readonly string[]) =>
    place.run(
      ["build", "--engine=buildx", "--platform=linux/amd64", `--builder=${place.builder}`, ...words],
      { env: engine.env },
    );
  return {
    ...{ ...place, engine, build },
    seen: () =>
      existsSync(seen)
        ? readFileSync(seen, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : [],
    /** What the frontend is told of the source. */
    places: () =>
      engine
        .calls()
        .flatMap(({ words }) => words.flatMap((word) => /CNB_DOCKERFILE_SOURCE.*/.exec(word) ?? [])),
  };
}
const classes = ["./BOOT-INF/classes/App.class", "./META-INF/MANIFEST.MF"];

describe("build takes", () => {
  const tar = oddTar({ name: "META-INF/MANIFEST.MF", content: "x" }, { name: "BOOT-INF/classes/App.class" });

  it.each<[string, Buffer]>([
    ["shop-1.2.jar", jar],
    ["shop-1.2.war", jar],
    ["shop-1.2.zip", jar],
    ["shop-1.2.tar", tar],
    ["shop-1.2.tgz", gzipSync(tar)],
    ["shop-1.2.tar.gz", gzipSync(tar)],
    ["shop-1.2", jar],
  ])("%s, as SOURCE and as --path", async (name, bytes) => {
    const place = await archives({ [`target/${name}`]: bytes });
    for (const words of [[`target/${name}`], ["-p", `target/${name}`]]) {
      const { exitCode, stderr } = await place.build(words);
      expect(exitCode, stderr).toBe(0);
      expect(place.seen()).toEqual(classes);
      expect(stderr).toContain("shop-1-2");
    }
    expect(readFileSync(join(place.directory, "target", name)).equals(bytes)).toBe(true);
  });

  it("a directory of an archive, and a file with that name before it", async () => {
    const place = await archives({ "a.jar": jar });
    await place.build(["a.jar#:BOOT-INF"]);
    expect(place.seen()).toEqual(["./classes/App.class"]);
    writeFileSync(join(place.directory, "a.jar#:BOOT-INF"), oddZip([{ name: "b" }]));
    await place.build(["a.jar#:BOOT-INF"]);
    expect(place.seen()).toEqual(["./b"]);
  });

  it("a directory of an archive from standard input", async () => {
    const place = await archives({ "a.jar": jar });
    const { exitCode, stderr } = await place.run(
      [
        "build",
        "--engine=buildx",
        "--platform=linux/amd64",
        `--builder=${place.builder}`,
        "--path=-#:BOOT-INF",
      ],
      { env: place.engine.env, inputFile: join(place.directory, "a.jar") },
    );
    expect(exitCode, stderr).toBe(0);
    expect(place.seen()).toEqual(["./classes/App.class"]);
  });
});

describe("the descriptor of an archive", () => {
  it("is its own", async () => {
    const place = await archives({ "a.zip": withDescriptor });
    await place.build(["a.zip"]);
    expect(place.seen().join("\n")).toContain('id = "inside"');
  });

  it.each(["--descriptor", "--file"])("may lie beside it, by %s", async (flag) => {
    const place = await archives({
      "a.zip": withDescriptor,
      "my.toml": projectToml.replace("shop", "beside"),
    });
    const { stderr, exitCode } = await place.build(["a.zip", flag, "my.toml"]);
    expect(exitCode, stderr).toBe(0);
    expect(place.seen().join("\n")).toContain('id = "beside"');
  });

  it("is looked for in it where there is none beside", async () => {
    const archive = oddZip([{ name: "config/my.toml", content: projectToml.replace("shop", "inside") }]);
    const place = await archives({ "a.zip": archive });
    const { stderr, exitCode } = await place.build(["a.zip", "--descriptor", "config/my.toml"]);
    expect(exitCode, stderr).toBe(0);
    expect(place.seen().join("\n")).toContain('id = "inside"');
    expect((await place.build(["a.zip", "--descriptor", "nowhere.toml"])).stderr).toContain(
      "cli/no-build-file",
    );
  });
});

describe("the origin of an archive", () => {
  it("is its real path, hashed; a clone around it does not count", async () => {
    const place = await archives({ "target/a.jar": jar, "b.jar": jar });
    writeClone(place.directory, "https://git.example/shop.git");
    symlinkSync("target/a.jar", join(place.directory, "link.jar"));
    for (const source of ["target/a.jar", "link.jar", "b.jar", "b.jar#:BOOT-INF"])
      await place.build([source]);
    const [first = "", byLink, other, part] = place.places();
    expect(first).toMatch(/^CNB_DOCKERFILE_SOURCE_PLACE=file:[0-9a-f]{32}$/);
    expect(byLink).toBe(first);
    expect(new Set([first, other, part]).size).toBe(3);
  });
});

describe("of a stranger's repository, nothing outside is read or written for", () => {
  const repository = async (files: Readonly<Record<string, Buffer | string>> = {}) => {
    const place = await archives({ "a.jar": jar, ...files });
    mkdirSync(join(place.directory, ".git"));
    const home = dirname(place.directory);
    return { ...place, home };
  };

  it("an archive that is a link out of it", async () => {
    const place = await repository();
    renameSync(join(place.directory, "a.jar"), join(place.home, "private.zip"));
    symlinkSync("../private.zip", join(place.directory, "a.jar"));
    const { stderr, exitCode } = await place.build(["a.jar"]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("files/outside-project")]);
    expect(place.seen()).toEqual([]);
  });

  it("a descriptor beside it that is such a link", async () => {
    const place = await repository();
    writeFileSync(join(place.home, "credentials.toml"), projectToml);
    symlinkSync("../credentials.toml", join(place.directory, "project.toml"));
    const { stderr, exitCode } = await place.build(["a.jar", "--descriptor", "project.toml"]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("files/outside-project")]);
  });

  it("a secret, and an output", async () => {
    const place = await repository();
    mkdirSync(join(place.home, ".ssh"));
    writeFileSync(join(place.home, "token"), "x");
    symlinkSync("../token", join(place.directory, "token"));
    symlinkSync("../.ssh", join(place.directory, "out"));
    const secret = await place.build(["a.jar", "--secret", "id=TOKEN,src=token"]);
    expect(secret.stderr).toContain("files/outside-project");
    const output = await place.build(["a.jar", "--output", "type=oci,dest=out/image.tar"]);
    expect(output.stderr).toContain("files/output-link");
  });
});

describe("what is no archive is an error", () => {
  it.each([
    ["a file", { f: "text" }, "f", "it is a file, and neither a zip nor a tar"],
    ["an archive that is cut off", { f: jar.subarray(0, 60) }, "f", "the zip is truncated"],
    [
      "a zstd file",
      { f: Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]) },
      "f",
      "it is a zstd file, and a source comes as",
    ],
    ["a device", {}, "/dev/null", "it is neither a directory nor a file"],
    ["nothing", {}, "f.jar", "no such file or directory"],
    ["a directory that is not in it", { f: jar }, "f#:BOOT-INF/lib", "It contains classes"],
  ])("%s", async (_, files, source, reason) => {
    const place = await archives(files);
    const { stderr, exitCode } = await place.build([source]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  it.each(["plan", "generate", "check"])("to %s, which reads a directory", async (command) => {
    const place = await archives({ "a.jar": jar });
    const { stderr, exitCode } = await place.run([command, "a.jar"]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("only `build` takes archives")]);
  });
});
