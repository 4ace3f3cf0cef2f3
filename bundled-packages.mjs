// What the bundles in dist/ hold of other people's packages: their licences' texts, and a bill of materials. Plain
// JavaScript, as tasks.mjs, which calls it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** In: esbuild's inputs, relative to the root. Out: each package once, sorted by its directory, with its package.json. */
export function bundledPackages(root, inputs) {
  // The innermost one: a package may bring another version of its own along.
  const directories = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []),
  );
  return [...directories].sort().map((path) => {
    const directory = join(root, path);
    const { name, version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    return { path, directory, name, version, license };
  });
}

/** The licences of the packages, one text. */
export function licenseTexts(packages) {
  return packages
    .map(({ directory, name, version, license }) => {
      const names = ["LICENSE", "LICENSE.md", "license", "LICENSE.txt", "License.txt"];
      const file = names.find((candidate) => existsSync(join(directory, candidate)));
      const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8").trim();
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * A CycloneDX 1.6 document of our package and what is bundled into it. It has neither time nor serial number, so the same
 * lockfile and sources make the same bytes. Hashes are the lockfile's: of the archives that the registry served.
 */
export async function billOfMaterials(root, packages) {
  const { Enums, Models, Serialize, Spec } = await import("@cyclonedx/cyclonedx-library");
  const { ComponentType, HashAlgorithm } = Enums;
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const component = (type, { name, version, license }) => {
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    const made = new Models.Component(type, name, { bomRef: purl, version, purl });
    if (license !== undefined) made.licenses.add(new Models.LicenseExpression(license));
    return made;
  };
  const bom = new Models.Bom();
  bom.metadata.component = component(ComponentType.Application, own);
  for (const bundled of packages) {
    const made = component(ComponentType.Library, bundled);
    const [, algorithm, sum] = /^(sha512)-(\S+)/.exec(lock[bundled.path]?.integrity ?? "") ?? [];
    if (algorithm !== undefined) {
      made.hashes.set(HashAlgorithm["SHA-512"], Buffer.from(sum, "base64").toString("hex"));
    }
    bom.components.add(made);
    bom.metadata.component.dependencies.add(made.bomRef);
  }
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}
