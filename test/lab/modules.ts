import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { readJson, writeJson } from "./json-file.ts";
import type { Lab } from "./lab.ts";
import { madeImage } from "./made-image.ts";
import { fixtures, inState } from "./paths.ts";
import { timed } from "./progress.ts";
import { recipeHash, treeHash } from "./recipe.ts";
import { type Architecture, architectures } from "./tool-list.ts";

/** Raise when the making changes otherwise than by the fixtures. */
const recipeVersion = "2";

/**
 * Buildpacks that are on no builder, in every form in which a project can name one. `lab/added@2.0.0` is an ordinary
 * one, `lab/suite@1.0.0` a composite of it. Their images are in `LabImages`.
 */
export interface LabModules {
  /** Holds all of it; to be served over HTTP as it is. */
  readonly directory: string;
  /** Directories of the two, beside each other; the suite's package.toml names the other as `../added`. */
  readonly added: string;
  readonly suite: string;
  /** `lab/added` as a gzipped tar. */
  readonly archive: string;
  /** Buildpackages: `lab/added`, and `lab/suite` with what it depends on. */
  readonly addedPackage: Readonly<Record<Architecture, string>>;
  readonly suitePackage: Readonly<Record<Architecture, string>>;
  /** A registry index: `lab/added` (1.9.0, 2.0.0, and 3.0.0, which is yanked), all the same image. */
  readonly registryIndex: string;
}

export function labModules(): LabModules {
  const directory = inState("modules");
  const at = (name: string) => join(directory, name);
  return {
    directory,
    added: at("added"),
    suite: at("suite"),
    archive: at("added.tgz"),
    addedPackage: { amd64: at("added-linux-amd64.cnb"), arm64: at("added-linux-arm64.cnb") },
    suitePackage: { amd64: at("suite-linux-amd64.cnb"), arm64: at("suite-linux-arm64.cnb") },
    registryIndex: at("registry-index"),
  };
}

/** Makes the lab's modules with `pack buildpack package`, unless they are up to date. */
export async function makeModules(lab: Lab): Promise<void> {
  const source = join(fixtures, "modules");
  const recipe = recipeHash(recipeVersion, lab.registry, await treeHash(source));
  const { buildpackage, buildpackageComposite } = lab.images;
  await madeImage(buildpackage, recipe, async () => {
    await lab.pack(["buildpack", "package", buildpackage, "--path", join(source, "added"), "--publish"]);
  });
  await madeImage(buildpackageComposite, recipe, () => publishSuite(lab, join(source, "suite")));
  const record = inState("made", "modules.json");
  if (readJson<string>(record) === recipe) return;
  await timed("modules", () => writeModules(lab, source));
  writeJson(record, recipe);
}

/**
 * pack takes no local dependency into a package for several platforms, looks for targets in the current directory
 * only, and knows no port after `docker://`.
 */
async function publishSuite(lab: Lab, source: string): Promise<void> {
  const directory = inState("work", "suite");
  await mkdir(directory, { recursive: true });
  const dependency = `[[dependencies]]\nuri = "${lab.images.buildpackage}"\n`;
  const config = join(directory, "package.toml");
  await writeFile(config, `[buildpack]\nuri = ${JSON.stringify(source)}\n\n${dependency}`);
  const targets = architectures.flatMap((architecture) => ["--target", `linux/${architecture}`]);
  const { buildpackageComposite } = lab.images;
  const options = ["--config", config, "--publish", ...targets];
  await lab.pack(["buildpack", "package", buildpackageComposite, ...options]);
  await rm(directory, { recursive: true });
}

async function writeModules(lab: Lab, source: string): Promise<void> {
  const { directory, added, suite, archive, ...modules } = labModules();
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const path of [added, suite]) {
    await cp(join(source, path === added ? "added" : "suite"), path, {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  await execa("tar", ["-C", added, "-czf", archive, "."]);
  for (const architecture of architectures) {
    const file = ["--format", "file", "--target", `linux/${architecture}`];
    const { addedPackage, suitePackage } = modules;
    await lab.pack(["buildpack", "package", addedPackage[architecture], "--path", added, ...file]);
    const config = join(suite, "package.toml");
    await lab.pack(["buildpack", "package", suitePackage[architecture], "--config", config, ...file]);
  }
  await writeRegistryIndex(lab, modules.registryIndex);
}

async function writeRegistryIndex(lab: Lab, directory: string): Promise<void> {
  const { stdout: digest } = await lab.crane(["digest", lab.images.buildpackage]);
  const repository = lab.images.buildpackage.replace(/:[^:/]*$/, "");
  const entry = { ns: "lab", name: "added", addr: `${repository}@${digest}` };
  const lines = [
    { ...entry, version: "1.9.0", yanked: false },
    { ...entry, version: "2.0.0", yanked: false },
    { ...entry, version: "3.0.0", yanked: true },
  ];
  const file = join(directory, "ad/de/lab_added");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.tmp`, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await rename(`${file}.tmp`, file);
}
