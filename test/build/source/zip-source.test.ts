import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { usualLimits } from "../../../src/archive/unpack-budget.ts";
import { openArchive, openStream, openUrl } from "../../../src/build/source/archive-source.ts";
import type { Source } from "../../../src/build/source/source.ts";
import { CompileError, type Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { HttpClient } from "../../../src/registry/http/http.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { startWebServer } from "../../helpers/web-server.ts";
import { dosDate, nameField, type OddZip, type OddZipEntry, oddZip, timeField } from "../../helpers/zip.ts";

let temporary: string;
let warnings: Diagnostic[];
let told: string[];
beforeEach(() => {
  temporary = temporaryDirectory();
  warnings = [];
  told = [];
  vi.stubEnv("TMPDIR", temporary);
  return () => vi.unstubAllEnvs();
});

const wish = () => ({
  ...{ keepGitDirectory: false, namesFile: false, limits: usualLimits },
  report: (warning: Diagnostic) => void warnings.push(warning),
  tell: (line: string) => void told.push(line),
});
const open = (bytes: Buffer, more: object = {}) =>
  openStream(Readable.from([bytes]), {
    shown: "standard input",
    written: "--path=-",
    name: "app",
    ...wish(),
    ...more,
  });
const openZip = (entries: readonly OddZipEntry[], shape?: OddZip) => open(oddZip(entries, shape));

async function faultOf(action: Promise<Source>): Promise<Diagnostic> {
  const error: unknown = await action.then(
    () => new Error("it was taken"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CompileError)) throw error;
  // Nothing is left of it.
  expect(readdirSync(temporary)).toEqual([]);
  return error.diagnostics[0] as Diagnostic;
}
const reasonOf = async (entries: readonly OddZipEntry[], shape?: OddZip) => {
  const { code, message } = await faultOf(openZip(entries, shape));
  expect(code).toBe("cli/bad-archive");
  return message.replace(/^The source from standard input cannot be unpacked: /, "");
};

/** Everything below, as `mode name content`; of a link `name -> target`. */
function tree(directory: string, path = ""): string[] {
  return readdirSync(join(directory, path), { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path === "" ? entry.name : `${path}/${entry.name}`;
      const place = join(directory, name);
      const mode = (lstatSync(place).mode & 0o7777).toString(8);
      if (entry.isSymbolicLink()) return [`${name} -> ${readlinkSync(place)}`];
      if (entry.isDirectory()) return [`${mode} ${name}/`, ...tree(directory, name)];
      return [`${mode} ${name} ${readFileSync(place, "utf8")}`];
    });
}

describe("a zip is unpacked", () => {
  it("with files, directories and links, stored or deflated", async () => {
    const source = await openZip([
      { name: "META-INF/", mode: 0o40755 },
      { name: "META-INF/MANIFEST.MF", content: "Main-Class: A\n", method: 0 },
      { name: "bin/run", content: "#!/bin/sh\n", mode: 0o100755 },
      { name: "link", content: "bin/run", mode: 0o120777 },
      { name: "/from/the/root", content: "r" },
      { name: "./a//b", content: "b" },
    ]);
    expect(tree(source.directory)).toEqual([
      ...["755 META-INF/", "644 META-INF/MANIFEST.MF Main-Class: A\n", "755 a/", "644 a/b b", "755 bin/"],
      ...["755 bin/run #!/bin/sh\n", "755 from/", "755 from/the/", "644 from/the/root r", "link -> bin/run"],
    ]);
    source.remove();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("that was written as it went, with sizes behind the content, as Java's jar makes it", async () => {
    const entries = [
      { name: "a", content: "one" },
      { name: "b", content: "two", method: 0 },
    ];
    const source = await openZip(
      entries.map((entry) => ({ ...entry, streamed: true, host: 0, attributes: 0 })),
    );
    expect(tree(source.directory)).toEqual(["777 a one", "777 b two"]);
    source.remove();
  });

  it("with a large file", async () => {
    const large = Buffer.from(Array.from({ length: 500_000 }, (_, index) => `${index * 7}`).join());
    const source = await openZip([
      { name: "large", content: large },
      { name: "stored", content: large, method: 0 },
    ]);
    for (const name of ["large", "stored"]) {
      expect(readFileSync(join(source.directory, name)).equals(large)).toBe(true);
    }
    source.remove();
  });

  it.each<[string, OddZip]>([
    ["in the form for more than 4 GiB", { zip64: true }],
    [
      "behind a script, as an executable jar of Spring",
      { before: Buffer.from("#!/bin/sh\nexec java -jar\n") },
    ],
    [
      "behind a script of which it does not know",
      { before: Buffer.from("#!/bin/sh\n"), countsBefore: false },
    ],
  ])("%s", async (_, shape) => {
    const source = await openZip(
      [
        { name: "a", content: "one" },
        { name: "b/c", content: "two" },
      ],
      shape,
    );
    expect(tree(source.directory)).toEqual(["644 a one", "755 b/", "644 b/c two"]);
    source.remove();
  });

  it("without .git, unless that is asked for", async () => {
    const entries = [
      { name: ".git/config", content: "x" },
      { name: "a", content: "a" },
    ];
    const source = await openZip(entries);
    expect(tree(source.directory)).toEqual(["644 a a"]);
    const whole = await open(oddZip(entries), { keepGitDirectory: true });
    expect(tree(whole.directory)).toEqual(["755 .git/", "644 .git/config x", "644 a a"]);
    for (const { remove } of [source, whole]) remove();
  });

  it("from an address and from a file, which give it its name", async () => {
    const jar = oddZip([{ name: "META-INF/MANIFEST.MF", content: "x" }, { name: "A.class" }]);
    const host = await startWebServer((_, response) => void response.end(jar));
    const fetched = await openUrl(`${host}/shop-1.2.jar?token=x`, new HttpClient(), wish());
    const file = join(temporaryDirectory(), "shop-1.2.JAR");
    writeFileSync(file, jar);
    const named = await openArchive(file, { shown: file, written: file, ...wish() });
    expect([fetched.name, named?.name]).toEqual(["shop-1.2", "shop-1.2"]);
    expect(named?.place).toMatch(/^file:[0-9a-f]{32}$/);
    expect(tree(named?.directory ?? "")).toEqual(tree(fetched.directory));
    for (const source of [fetched, named]) source?.remove();
    expect(existsSync(file)).toBe(true);
  });
});

describe("modes of a zip", () => {
  it("are 0777 where it comes from a FAT file system, as with pack, whatever the umask is", async () => {
    const before = process.umask(0o077);
    try {
      const entries = [0, 14].flatMap((host): OddZipEntry[] => [
        { name: `d${host}/`, host, attributes: 0x10 },
        { name: `d${host}\\f`, host, attributes: 0x20, content: "f" },
      ]);
      const source = await openZip(entries);
      expect(tree(source.directory)).toEqual(["777 d0/", "777 d0/f f", "777 d14/", "777 d14/f f"]);
      source.remove();
    } finally {
      process.umask(before);
    }
  });

  it("of devices, FIFOs and sockets do not count: these are left out", async () => {
    const others = [0o20644, 0o60644, 0o10644, 0o140644].map((mode) => ({ name: `o${mode}`, mode }));
    const source = await openZip([...others, { name: "a", content: "a" }]);
    expect(tree(source.directory)).toEqual(["644 a a"]);
    source.remove();
  });

  it("of Windows are those of Go's archive/zip", async () => {
    const source = await openZip([
      { name: "d", host: 11, attributes: 0x10 },
      { name: "w", host: 11, attributes: 0x20 },
      { name: "r", host: 11, attributes: 0x21 },
      { name: "other", host: 7, attributes: 0x21 },
    ]);
    expect(tree(source.directory)).toEqual(["777 d/", "644 other ", "644 r ", "666 w "]);
    source.remove();
  });

  it("have no set-id and sticky bits, and keep nobody from reading and removing", async () => {
    const source = await openZip([
      { name: "d/", mode: 0o47000 },
      { name: "d/f", mode: 0o107755, content: "f" },
      { name: "d/zero", mode: 0, content: "0" },
    ]);
    expect(tree(source.directory)).toEqual(["700 d/", "755 d/f f", "600 d/zero 0"]);
    source.remove();
  });
});

describe("times of a zip", () => {
  const timeOf = async (entry: Partial<OddZipEntry>, zone = "UTC") => {
    vi.stubEnv("TZ", zone);
    const source = await openZip([{ name: "a/b", content: "b", ...entry }]);
    const time = (name: string) => statSync(join(source.directory, name)).mtime.toISOString();
    const times = [time("a/b"), time("a")];
    source.remove();
    return times;
  };
  const first = "1980-01-01T00:00:00.000Z";

  it("are UTC in every zone", async () => {
    expect(await timeOf({}, "America/New_York")).toEqual(["2020-02-02T02:02:02.000Z", first]);
    expect(await timeOf({}, "Asia/Tokyo")).toEqual(["2020-02-02T02:02:02.000Z", first]);
  });
  it("are seconds since 1970 where it has them", async () => {
    expect(await timeOf({ extra: timeField(1_600_000_001) })).toEqual(["2020-09-13T12:26:41.000Z", first]);
  });
  it.each([
    ["no date", { date: 0, time: 0 }],
    ["a thirteenth month", { date: dosDate(2020, 13, 1) }],
    ["a 25th hour", { time: 25 << 11 }],
    ["a time before 1970", { extra: timeField(-1) }],
  ])("are 1980 where they cannot be: %s", async (_, entry) => {
    expect(await timeOf(entry)).toEqual([first, first]);
  });
  it("of directories are theirs, whatever was put into them", async () => {
    const source = await openZip([
      { name: "d/", mode: 0o40755, date: dosDate(2001, 1, 1) },
      { name: "d/later", content: "x" },
    ]);
    expect(statSync(join(source.directory, "d")).mtime.toISOString()).toBe("2001-01-01T02:02:02.000Z");
    source.remove();
  });
});

describe("a zip that is not what it seems is an error:", () => {
  const file = { name: "a", content: "content of a" };

  it.each<[string, OddZipEntry[], string, OddZip?]>([
    ["nothing in it", [], "it is empty"],
    ["..", [{ name: "../x" }], 'its entry "../x" points outside the archive'],
    [
      ".. of Windows",
      [{ name: "a\\..\\..\\x", host: 0 }],
      'its entry "a/../../x" points outside the archive',
    ],
    ["a drive", [{ name: "C:\\x", host: 0 }], 'its entry "C:/x" has a name that cannot be unpacked'],
    ["a backslash of Unix", [{ name: "a\\b" }], 'its entry "a\\\\b" has a name that cannot be unpacked'],
    ["a null character", [{ name: "a\0b" }], 'its entry "a\\u0000b" has a null character'],
    [
      "a name in another encoding",
      [{ name: Buffer.from([0x66, 0xfc, 0x72]) }],
      'its entry "f\uFFFDr" is not UTF-8',
    ],
    ["encrypted", [{ ...file, flags: 1 }], 'its entry "a" is encrypted'],
    ["strongly encrypted", [{ ...file, flags: 0x41 }], "strong encryption is not supported"],
    ["compressed by bzip2", [{ ...file, method: 12 }], 'its entry "a" uses compression method 12'],
    ["another name before the content", [{ ...file, local: { name: "b" } }], 'its entry "a" differs'],
    ["another method there", [{ ...file, method: 0, local: { method: 8 } }], 'its entry "a" differs'],
    ["another size there", [{ ...file, local: { size: 3 } }], 'its entry "a" differs'],
    ["encrypted there alone", [{ ...file, local: { flags: 1 } }], 'its entry "a" differs'],
    ["another checksum", [{ ...file, checksum: 1 }], 'its entry "a" is damaged: its checksum does not match'],
    ["more bytes than it says", [{ ...file, size: 5 }], "too many bytes in the stream"],
    ["fewer bytes than it says", [{ ...file, size: 5000 }], "not enough bytes in the stream"],
    ["entries that share bytes", [file, { ...file, offset: 0 }], "its entries overlap"],
    [
      "more entries than it says",
      [file, { name: "b" }],
      "it has more entries than its end record says",
      { count: 1 },
    ],
    ["fewer entries than it says", [file], "unexpected EOF", { count: 2 }],
    ["a link out of it", [{ name: "l", content: "/etc", mode: 0o120777 }], "points outside"],
    ["a link to ..", [{ name: "l", content: "../..", mode: 0o120777 }], "points outside"],
    ["a link to nothing", [{ name: "l", mode: 0o120777 }], 'its link "l" has no usable target'],
    [
      "a link of 5000 bytes",
      [{ name: "l", content: "x".repeat(5000), mode: 0o120777 }],
      'its link "l" has no usable target',
    ],
    [
      "a link that is a directory",
      [{ name: "l/", content: "x", mode: 0o120777 }],
      'its entry "l/" is a directory by name',
    ],
    ["of a kind that there is not", [{ ...file, mode: 0o70644 }], 'its entry "a" has an unknown type'],
    ["a file below a file", [file, { name: "a/b" }], '"a" is not a valid directory component'],
  ])("%s", async (_, entries, reason, shape) => {
    expect(await reasonOf(entries, shape)).toContain(reason);
  });

  it("a link, and a file through it", async () => {
    const outside = join(temporary, "..", "outside-of-it");
    mkdirSync(outside);
    try {
      for (const target of [outside, "../../../outside-of-it"]) {
        await reasonOf([
          { name: "l", content: target, mode: 0o120777 },
          { name: "l/x", content: "x" },
        ]);
      }
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it("cut off at any byte", async () => {
    const whole = oddZip([file, { name: "b/c", content: "two" }]);
    for (let length = 5; length < whole.length; length += 1) {
      const { code } = await faultOf(open(whole.subarray(0, length)));
      expect(code, `${length} bytes`).toBe("cli/bad-archive");
    }
  });

  it("with any byte changed: an error, or the same names and contents", async () => {
    const whole = oddZip([file, { name: "b/c", content: "two" }]);
    for (let at = 4; at < whole.length; at += 1) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      const source = await open(bytes).catch((error: unknown) => {
        if (!(error instanceof CompileError)) throw new Error(`byte ${at}`, { cause: error });
      });
      if (source === undefined) continue;
      const names = tree(source.directory).map((line) => line.replace(/^\d+ /, ""));
      expect(names, `byte ${at}`).toEqual(expect.arrayContaining(["a content of a", "b/c two"]));
      source.remove();
    }
    expect(readdirSync(temporary, { recursive: true }).join("\n")).toBe("");
  });
});

describe("names", () => {
  it("are UTF-8 whether the archive says so or not, and of Info-ZIP's field where it is of the name", async () => {
    const own = Buffer.from("f#U00fcr");
    const source = await openZip([
      { name: "ä", flags: 0x800 },
      { name: "ö" },
      { name: own, extra: nameField(own, "für") },
      { name: "other", extra: nameField(own, "für") },
    ]);
    expect(readdirSync(source.directory).sort()).toEqual(["für", "other", "ä", "ö"]);
    source.remove();
  });

  it("of several files are the last one's, with a warning; of equal files and directories without", async () => {
    const source = await openZip([
      { name: "a", content: "first" },
      { name: "d/", mode: 0o40755 },
      { name: "same", content: "same" },
      { name: "a", content: "last" },
      { name: "d/", mode: 0o40755 },
      { name: "same", content: "same" },
    ]);
    expect(tree(source.directory)).toEqual(["644 a last", "755 d/", "644 same same"]);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      [
        "cli/archive-names-twice",
        "standard input has several different files named a. The last one is used.",
      ],
    ]);
    source.remove();
  });
});

describe("an archive with one directory around everything", () => {
  const shop = { name: "shop-1.2/project.toml", content: "" };

  it("is built from that directory, if the file to build is there", async () => {
    const source = await openZip([shop, { name: "shop-1.2/app.js" }, { name: "__MACOSX/shop-1.2/._app.js" }]);
    expect(readdirSync(source.directory).sort()).toEqual(["app.js", "project.toml"]);
    expect(told).toEqual([
      "Source: directory shop-1.2 in standard input, its only entry. To build the root of the archive, use `--path=-#:.`.",
    ]);
    expect([source.name, warnings]).toEqual(["app", []]);
    source.remove();
  });

  it("is told how that directory would be built, if not", async () => {
    const source = await openZip([{ name: "shop 1/app.js" }]);
    expect(readdirSync(source.directory)).toEqual(["shop 1"]);
    expect(warnings.map(({ code, hint }) => [code, hint])).toEqual([
      ["cli/archive-in-directory", "If shop 1 is the app, write `cnb-dockerfile build '--path=-#:shop 1'`."],
    ]);
    source.remove();
  });

  it.each<[string, object, readonly OddZipEntry[]]>([
    ["the user names the root", { chosen: "" }, [shop]],
    ["the user names the file to build", { namesFile: true }, [shop]],
    ["something lies beside it", {}, [shop, { name: "README.md" }]],
    ["there is a file to build at the root", {}, [shop, { name: "Dockerfile" }]],
  ])("is built from its root if %s", async (_, more, entries) => {
    const source = await open(oddZip(entries), more);
    expect(readdirSync(source.directory)).toContain("shop-1.2");
    expect([told, warnings]).toEqual([[], []]);
    source.remove();
  });

  it("gives a directory that is named, and the image its name", async () => {
    const source = await open(oddZip([shop, { name: "shop-1.2/web/a" }]), { chosen: "shop-1.2/web" });
    expect([readdirSync(source.directory), source.name]).toEqual([["a"], "web"]);
    source.remove();
  });

  it("has no directory by a link, or by another name", async () => {
    const entries = [shop, { name: "l", content: "shop-1.2", mode: 0o120777 }];
    for (const chosen of ["l", "shop", "shop-1.2/project.toml"]) {
      const { code } = await faultOf(open(oddZip(entries), { chosen }));
      expect(code).toBe("cli/no-archive-directory");
    }
  });

  it.each([
    ["#main", "an archive has no branches"],
    ["#:../x", "it points outside the archive"],
    ["#:a/../../x", "it points outside the archive"],
  ])("has no directory %s", async (fragment, reason) => {
    const opening = openUrl(`http://127.0.0.1:1/a.zip${fragment}`, new HttpClient(), wish());
    const { code, message } = await faultOf(opening);
    expect([code, message]).toEqual(["cli/bad-archive-directory", expect.stringContaining(reason)]);
  });
});
