import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import companionJson from "../../../packages/helper-image/package.json" with { type: "json" };
import {
  findHelperImage,
  isHelperImagePublished,
  programsKey,
} from "../../../src/build/helper-image/find-helper-image.ts";
import { version } from "../../../src/version.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { faultsOf } from "../../helpers/errors.ts";

const reference = "registry.example/tool:1";
const usual = { reference, isNamed: false };
const digest = `sha256:${"a".repeat(64)}`;
const other = `sha256:${"b".repeat(64)}`;

interface Parts {
  /** Of the image in `dist`; `of`: the key of the programs that it was made from. */
  readonly own?: { readonly of?: string };
  readonly companion?: { readonly version: string };
  readonly released?: true;
  readonly programs?: true;
  /** As pnpm installs them. */
  readonly isLinked?: true;
}

/** A package below node_modules with these parts. Out: its `dist/chunks`. */
function packageWith({ own, companion, released, programs, isLinked }: Parts): string {
  const modules = join(temporaryDirectory(), "app", "node_modules");
  const stored = (name: string, of = name) => join(modules, ".pnpm", `${of}@1`, "node_modules", name);
  const place = (name: string) => (isLinked ? stored(name) : join(modules, name));
  const dist = join(place("cnb-dockerfile"), "dist");
  mkdirSync(join(dist, "chunks"), { recursive: true });
  const layout = (directory: string, named: string) => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "index.json"), JSON.stringify({ manifests: [{ digest: named }] }));
  };
  if (programs === true) {
    for (const name of ["image.Dockerfile", "frontend.mjs", "export.mjs", "sbom.cdx.json"])
      writeFileSync(join(dist, name), name);
    writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), "");
  }
  if (own !== undefined) {
    layout(join(dist, "image"), digest);
    if (own.of !== undefined) writeFileSync(join(dist, "image", "programs.sha256"), `${own.of}\n`);
  }
  if (companion !== undefined) {
    const directory = place("cnb-dockerfile-image");
    layout(join(directory, "image"), other);
    writeFileSync(join(directory, "package.json"), JSON.stringify(companion));
    if (isLinked) symlinkSync(directory, stored("cnb-dockerfile-image", "cnb-dockerfile"), "junction");
  }
  if (released === true) {
    const release = { image: "ghcr.io/acme/tool:2", digest };
    writeFileSync(join(dist, "release.json"), JSON.stringify(release));
  }
  return join(dist, "chunks");
}

it("is the one that the user names, whatever else there is", () => {
  const start = packageWith({ own: {}, companion: { version }, released: true, programs: true });
  expect(findHelperImage({ reference, isNamed: true }, start)).toEqual({
    kind: "image",
    image: { reference },
  });
});

it("is the companion package's before the one that comes with the program", () => {
  const start = packageWith({ own: {}, companion: { version }, released: true, programs: true });
  expect(findHelperImage(usual, start)).toMatchObject({
    kind: "image",
    image: { layout: { digest: other } },
  });
});

it("is the companion package's where pnpm keeps each package in a place of its own, with its peers beside it", () => {
  expect(packageJson.peerDependencies).toEqual({ [companionJson.name]: "*" });
  expect(packageJson.peerDependenciesMeta).toEqual({ [companionJson.name]: { optional: true } });
  const start = packageWith({ companion: { version }, released: true, programs: true, isLinked: true });
  expect(findHelperImage(usual, start)).toMatchObject({
    kind: "image",
    image: { layout: { digest: other } },
  });
});

it("is not the companion package of a project or of any directory above", () => {
  const start = packageWith({ released: true });
  const project = temporaryDirectory();
  for (const parent of [join(start, "../../../../.."), project]) {
    const directory = join(parent, "node_modules", "cnb-dockerfile-image");
    mkdirSync(join(directory, "image"), { recursive: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ version }));
    writeFileSync(join(directory, "image", "index.json"), JSON.stringify({ manifests: [{ digest: other }] }));
  }
  const before = process.cwd();
  process.chdir(project);
  try {
    expect(findHelperImage(usual, start)).toMatchObject({
      image: { reference: `ghcr.io/acme/tool:2@${digest}` },
    });
  } finally {
    process.chdir(before);
  }
});

it("is refused where the companion package is of another version", () => {
  const start = packageWith({ companion: { version: "9.9.9" }, programs: true });
  expect(faultsOf(() => findHelperImage(usual, start))).toMatchObject([
    { code: "cli/other-helper-image", message: expect.stringContaining("9.9.9") },
  ]);
});

it("is the one that comes with the program, by its digest", () => {
  const start = packageWith({ own: {}, released: true });
  expect(findHelperImage(usual, start)).toEqual({
    kind: "image",
    image: { reference, layout: { directory: join(start, "..", "image"), digest } },
  });
});

it("is not the one that was made of earlier programs", () => {
  const start = packageWith({ own: { of: "0123456789abcdef" }, programs: true });
  expect(findHelperImage(usual, start)).toMatchObject({ kind: "programs" });
  const made = packageWith({ own: { of: programsKey(start) ?? "" }, programs: true });
  expect(findHelperImage(usual, made)).toMatchObject({ kind: "image", image: { layout: { digest } } });
});

it("is the one that the package was released with, held to its digest", () => {
  const start = packageWith({ released: true, programs: true });
  expect(findHelperImage(usual, start)).toEqual({
    kind: "image",
    image: { reference: `ghcr.io/acme/tool:2@${digest}` },
  });
});

it("is built where the package was not released, anew for other programs or another Node image", () => {
  const start = packageWith({ programs: true });
  const found = findHelperImage({ ...usual, nodeImage: "mirror.example/node:24" }, start);
  expect(found).toMatchObject({
    kind: "programs",
    reference,
    programs: { directory: join(start, ".."), nodeImage: "mirror.example/node:24" },
  });
  const keys = new Set([programsKey(start), programsKey(start, "mirror.example/node:24")]);
  writeFileSync(join(start, "..", "export.mjs"), "changed");
  keys.add(programsKey(start));
  expect(keys.size).toBe(3);
});

it("is missing from a package that has neither the image nor its programs", () => {
  const start = packageWith({});
  rmSync(join(start, "..", "image"), { recursive: true, force: true });
  expect(faultsOf(() => findHelperImage(usual, start))).toMatchObject([{ code: "cli/no-packaged-image" }]);
});

it("is published where the package was released or the companion package is installed, and not in a clone", () => {
  expect(isHelperImagePublished(packageWith({ released: true, programs: true }))).toBe(true);
  expect(isHelperImagePublished(packageWith({ companion: { version: "9.9.9" }, programs: true }))).toBe(true);
  expect(isHelperImagePublished(packageWith({ own: {}, programs: true }))).toBe(false);
});
