import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../helpers/directory.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { type Order, type Reading, readOurs, readPack } from "./readings.ts";

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

/** A project that names buildpacks, with the order that comes of it. */
interface Combination {
  readonly title: string;
  /** What stands below `[io.buildpacks]`. */
  readonly lines?: string;
  /** Arguments that both programs take. */
  readonly words?: readonly string[];
  /** Text of more files of the project, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What else has to be there, in the project's directory. */
  readonly prepare?: (directory: string) => Promise<unknown>;
}

const group = (...entries: readonly string[]) => tables("group", entries);
const pre = (...entries: readonly string[]) => tables("pre.group", entries);
const post = (...entries: readonly string[]) => tables("post.group", entries);

/** One table for each entry: `key = "value"` lines, or a uri, or an id with or without version. */
function tables(name: string, entries: readonly string[]): string {
  return entries
    .map((entry) => {
      const [id, version] = entry.split("@");
      const lines = /[=:]|^\.|^REGISTRY/.test(entry)
        ? [`uri = "${entry}"`]
        : [`id = "${id}"`, ...(version === undefined ? [] : [`version = "${version}"`])];
      return `[[io.buildpacks.${name}]]\n${lines.join("\n")}\n`;
    })
    .join("");
}

/** An inline script with this id in a list. */
function script(list: "group" | "pre.group" | "post.group", id: string, more = ""): string {
  return `[[io.buildpacks.${list}]]\nid = "${id}"\n${more}[io.buildpacks.${list}.script]\napi = "0.10"\ninline = "true"\n`;
}

const combinations: readonly Combination[] = [
  { title: "nothing named" },
  { title: "an id", lines: group("acme/node") },
  { title: "ids with and without version", lines: group("acme/npm", "acme/node@3.1.0", "lab/store") },
  { title: "one of two versions", lines: group("acme/twice@1.0.0") },
  { title: "a composite", lines: group("lab/node-app", "acme/twice@2.0.0") },
  { title: "an id twice", lines: group("acme/node", "acme/node") },
  { title: "urn:cnb:builder:ID", lines: group("urn:cnb:builder:acme/node") },
  {
    title: "urn:cnb:builder:ID@VERSION and from=builder:ID@VERSION",
    lines: group("urn:cnb:builder:acme/twice@1.0.0", "from=builder:acme/twice@2.0.0"),
  },
  { title: "from=builder alone", lines: group("from=builder") },
  { title: "an id before from=builder", lines: group("acme/twice@1.0.0", "from=builder") },
  { title: "an id after from=builder", lines: group("from=builder", "lab/store") },
  {
    title: "ids around from=builder",
    lines: group("acme/static", "from=builder", "lab/store", "lab/exec-d"),
  },
  { title: "one pre", lines: pre("acme/static") },
  { title: "two pre, which come out in reverse", lines: pre("acme/static", "lab/store") },
  { title: "two post", lines: post("acme/static", "lab/store") },
  { title: "pre and post", lines: pre("lab/exec-d", "lab/store") + post("acme/static", "acme/twice@1.0.0") },
  { title: "a pre that the builder's groups have already", lines: pre("acme/procfile") },
  {
    title: "pre and post beside a group",
    lines: group("acme/node") + pre("lab/store") + post("acme/static"),
  },
  { title: "an inline script", lines: script("group", "example/script") },
  {
    title: "inline scripts with version, among ids",
    lines: group("acme/node") + script("group", "example/script", 'version = "1.2.3"\n') + group("acme/npm"),
  },
  {
    title: "inline scripts in pre and post",
    lines: script("pre.group", "example/first") + script("post.group", "example/last") + post("lab/store"),
  },
  {
    title: "three ids before from=builder",
    lines: group("lab/store", "lab/exec-d", "acme/static", "from=builder"),
  },
  {
    title: "an inline script before from=builder",
    lines: script("group", "example/first") + group("from=builder"),
  },
];

/** Files of a small buildpack below a directory. */
function buildpack(directory: string, id: string, more = ""): Record<string, string> {
  const descriptor = `api = "0.10"\n\n[buildpack]\nid = "${id}"\nversion = "0.5.0"\n\n${more || '[[targets]]\nos = "linux"\n'}`;
  return {
    [`${directory}/buildpack.toml`]: descriptor,
    ...(more === ""
      ? { [`${directory}/bin/detect`]: "#!/bin/sh\n", [`${directory}/bin/build`]: "#!/bin/sh\n" }
      : {}),
  };
}

const local = buildpack("local", "example/local");
const composite = {
  ...buildpack(
    "both",
    "example/both",
    '[[order]]\n[[order.group]]\nid = "example/local"\nversion = "0.5.0"\n',
  ),
  "both/package.toml": '[buildpack]\nuri = "."\n\n[[dependencies]]\nuri = "../local"\n',
};
const archive = (directory: string) =>
  execa("tar", ["--create", "--gzip", "--file=local.tgz", "--directory=local", "."], { cwd: directory });
const packageFile = (directory: string) => packageBuildpack(directory, ["local.cnb", "--format=file"]);
const packageImage = (directory: string) =>
  packageBuildpack(directory, [`${lab.registry}/e2e/buildpack:1`, "--publish"]);

async function packageBuildpack(directory: string, words: readonly string[]): Promise<void> {
  const { environment: env } = await lab.docker();
  await lab.pack(["buildpack", "package", ...words, "--path=local", "--target=linux/amd64"], {
    cwd: directory,
    env,
  });
}

const added: readonly Combination[] = [
  { title: "a directory", lines: group("./local"), files: local },
  {
    title: "a directory without ./, around from=builder",
    lines: group("acme/npm").concat('[[io.buildpacks.group]]\nuri = "local"\n', group("from=builder")),
    files: local,
  },
  {
    title: "a directory with a package.toml",
    lines: group("./both"),
    files: { ...local, ...composite },
  },
  { title: "a directory in pre", lines: pre("./local", "acme/static"), files: local },
  { title: "a directory in post", lines: post("acme/static", "./local"), files: local },
  { title: "a tar", lines: group("./local.tgz", "acme/node"), files: local, prepare: archive },
  { title: "a package file", lines: group("./local.cnb"), files: local, prepare: packageFile },
  {
    title: "an image without docker://",
    lines: group("REGISTRY/e2e/buildpack:1"),
    files: local,
    prepare: packageImage,
  },
  {
    title: "--buildpack over a group",
    lines: group("acme/node"),
    words: ["--buildpack=acme/static"],
  },
  {
    title: "several --buildpack, one of them from=builder",
    words: ["--buildpack=acme/static,from=builder", "-b", "lab/store"],
  },
  {
    title: "--buildpack over pre and post",
    lines: pre("lab/store") + post("lab/exec-d"),
    words: ["--buildpack=acme/static@1.0.2"],
  },
  {
    title: "--pre-buildpack over pre, beside post",
    lines: pre("lab/store") + post("lab/exec-d"),
    words: ["--pre-buildpack=acme/static", "--pre-buildpack=acme/npm"],
  },
  {
    title: "--post-buildpack over post, beside pre",
    lines: pre("lab/store") + post("lab/exec-d"),
    words: ["--post-buildpack=acme/static"],
  },
  {
    title: "--pre-buildpack beside a group",
    lines: group("acme/node"),
    words: ["--pre-buildpack=acme/static"],
  },
  {
    title: "--buildpack with a directory",
    words: ["--buildpack=./local"],
    files: local,
  },
];

/** One that pack refuses. */
interface Refused extends Combination {
  /** Part of pack's message. */
  readonly pack: string;
  /** Our code. */
  readonly ours: string;
}

const noIndex = "locating in registry";

const refused: readonly Refused[] = [
  {
    title: "from=builder twice",
    lines: group("from=builder", "from=builder"),
    pack: "buildpacks from builder can only be defined once",
    ours: "plan/builder-order-twice",
  },
  {
    title: "an id of which there are two versions",
    lines: group("acme/twice"),
    pack: "multiple versions of 'acme/twice'",
    ours: "plan/buildpack-version-open",
  },
  {
    title: "urn:cnb:builder with an unknown id",
    lines: group("urn:cnb:builder:acme/nod"),
    pack: "is not a valid identifier",
    ours: "plan/buildpack-unknown",
  },
  {
    title: "urn:cnb:builder with an unknown version",
    lines: group("urn:cnb:builder:acme/node@9.9.9"),
    pack: "is not a valid identifier",
    ours: "plan/buildpack-version-unknown",
  },
  {
    title: "urn:cnb:builder alone",
    lines: group("urn:cnb:builder"),
    pack: "invalid locator",
    ours: "modules/bad-locator",
  },
  // Whatever looks like `namespace/name` pack then looks for in the public registry, which no test reaches.
  { title: "an unknown id", lines: group("acme/nod"), pack: noIndex, ours: "plan/buildpack-unknown" },
  {
    title: "an unknown version",
    lines: group("acme/node@9.9.9"),
    pack: noIndex,
    ours: "plan/buildpack-version-unknown",
  },
  {
    title: "an unknown version in post",
    lines: post("acme/node@9.9.9"),
    pack: noIndex,
    ours: "plan/buildpack-version-unknown",
  },
  {
    title: "a directory that is not there",
    lines: group("./local"),
    pack: noIndex,
    ours: "modules/not-found",
  },
  {
    title: "a scheme that nobody knows",
    lines: group("ftp://example.com/x.tgz"),
    pack: "unsupported protocol 'ftp'",
    ours: "modules/unknown-scheme",
  },
];

describe("the order is the one that pack writes, for", () => {
  it.each(combinations)("$title", async (combination) => {
    const { pack, ours } = await bothOrders(combination);
    expect(ours).toEqual(pack);
  });
});

describe("with buildpacks that the project adds, the order is the one that pack writes, for", () => {
  it.each(added)("$title", async (combination) => {
    const { pack, ours } = await bothOrders(combination);
    expect(ours).toEqual(pack);
  });
});

describe("pack and we refuse", () => {
  it.each(refused)("$title", async (combination) => {
    const { pack, ours } = await bothReadings(combination);
    expect(pack).toMatchObject({ kind: "refused", reason: expect.stringContaining(combination.pack) });
    expect(ours).toMatchObject({ kind: "refused", reason: combination.ours });
  });
});

/** The library that pack parses image names with takes `docker:` for the registry and stumbles over the port. */
it("takes docker:// with a registry's port, which pack refuses", async () => {
  const { pack, ours } = await bothReadings({ title: "", lines: group("docker://REGISTRY/e2e/buildpack:1") });
  expect(pack).toMatchObject({ reason: expect.stringContaining("unsupported protocol 'docker'") });
  expect(ours).toMatchObject({ kind: "taken" });
});

/**
 * pack 0.40.7 extends one list in place for each of the builder's groups, and where it has room to spare all groups get
 * the last one's entries. When this fails, pack was mended, and the row belongs among the equal ones.
 */
it("does not mix up groups as pack does with five entries before from=builder", async () => {
  const before = ["lab/store", "lab/exec-d", "lab/slices", "lab/node", "lab/procfile"];
  const { pack, ours } = await bothOrders({ title: "", lines: group(...before, "from=builder") });
  const ids = (order: Order) => order.map(({ group }) => group.map(({ id }) => id));
  expect(ids(ours)).toEqual([
    [...before, "acme/node", "acme/npm", "acme/procfile"],
    [...before, "acme/static", "acme/procfile"],
    [...before, "lab/node-app", "acme/twice"],
  ]);
  expect(ids(pack)).not.toEqual(ids(ours));
});

async function bothOrders(combination: Combination): Promise<{ readonly pack: Order; readonly ours: Order }> {
  const { pack, ours } = await bothReadings(combination);
  if (pack.kind === "refused") throw new Error(`pack refuses: ${pack.reason}`);
  if (ours.kind === "refused") throw new Error(`we refuse: ${ours.reason}`);
  return { pack: pack.order, ours: ours.order };
}

async function bothReadings(
  combination: Combination,
): Promise<{ readonly pack: Reading; readonly ours: Reading }> {
  const directory = project(combination);
  await combination.prepare?.(directory);
  const words = combination.words ?? [];
  const [pack, ours] = await Promise.all([readPack(lab, directory, words), readOurs(lab, directory, words)]);
  return { pack, ours };
}

function project({ lines = "", files = {} }: Combination): string {
  const directory = join(temporaryDirectory(), "app");
  const descriptor = `[_]\nschema-version = "0.2"\nid = "e2e.order"\n\n[io.buildpacks]\nbuilder = "${lab.images.builderProbe}"\n\n${lines.replaceAll("REGISTRY", lab.registry)}`;
  for (const [path, text] of Object.entries({ "project.toml": descriptor, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}
