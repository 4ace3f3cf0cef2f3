import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../helpers/directory.ts";
import type { Lab } from "../lab/lab.ts";
import { startLab } from "../lab/start.ts";
import { type Order, readOurs, readPack } from "./readings.ts";

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
}

const group = (...entries: readonly string[]) => tables("group", entries);
const pre = (...entries: readonly string[]) => tables("pre.group", entries);
const post = (...entries: readonly string[]) => tables("post.group", entries);

/** One table for each entry: `key = "value"` lines, or a uri, or an id with or without version. */
function tables(name: string, entries: readonly string[]): string {
  return entries
    .map((entry) => {
      const [id, version] = entry.split("@");
      const lines = /[=:]|^\./.test(entry)
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
    title: "an inline script before from=builder",
    lines: script("group", "example/first") + group("from=builder"),
  },
];

describe("the order is the one that pack writes, for", () => {
  it.each(combinations)("$title", async (combination) => {
    const { pack, ours } = await bothOrders(combination);
    expect(ours).toEqual(pack);
  });
});

async function bothOrders(combination: Combination): Promise<{ readonly pack: Order; readonly ours: Order }> {
  const directory = project(combination);
  const pack = await readPack(lab, directory, combination.words ?? []);
  if (pack.kind === "refused") throw new Error(`pack refuses: ${pack.reason}`);
  const ours = await readOurs(lab, directory, combination.words ?? []);
  if (ours.kind === "refused") throw new Error(`we refuse: ${ours.reason}`);
  return { pack: pack.order, ours: ours.order };
}

function project({ lines = "", files = {} }: Combination): string {
  const directory = join(temporaryDirectory(), "app");
  const descriptor = `[_]\nschema-version = "0.2"\nid = "e2e.order"\n\n[io.buildpacks]\nbuilder = "${lab.images.builderProbe}"\n\n${lines}`;
  for (const [path, text] of Object.entries({ "project.toml": descriptor, ...files })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}
