import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { inState } from "./paths.ts";
import { probeProgram } from "./probe.ts";
import { type Architecture, lifecycleTool, lifecycleVersions } from "./tool-list.ts";
import { toolPath } from "./tools.ts";

type LifecycleVersion = (typeof lifecycleVersions)[keyof typeof lifecycleVersions];

/** What a builder has for its lifecycle. */
export interface LifecycleRecipe {
  readonly version: LifecycleVersion;
  /** The only Platform APIs that it says it speaks; absent: all that it does speak. */
  readonly platformApis?: readonly string[];
  /** Our probe in its place, or around it: the probe then tells what each phase left. */
  readonly probe?: "instead" | "around";
}

/** What each version speaks, as its own `api` package lists it. */
const apis: Readonly<Record<LifecycleVersion, { readonly buildpack: number; readonly platform: number }>> = {
  [lifecycleVersions.current]: { buildpack: 12, platform: 15 },
  [lifecycleVersions.old]: { buildpack: 11, platform: 14 },
};

const phases = ["analyzer", "builder", "creator", "detector", "exporter", "extender", "rebaser", "restorer"];

/** Both versions list 0.7 as their lowest API, supported and not deprecated. */
export function supportedApis({ version, platformApis }: LifecycleRecipe) {
  const upTo = (last: number) => Array.from({ length: last - 6 }, (_, index) => `0.${index + 7}`);
  const { buildpack, platform } = apis[version];
  return { buildpack: upTo(buildpack), platform: platformApis ?? upTo(platform) };
}

function descriptor(recipe: LifecycleRecipe): string {
  const { buildpack, platform } = supportedApis(recipe);
  return `[apis.buildpack]
  deprecated = []
  supported = ${JSON.stringify(buildpack)}
[apis.platform]
  deprecated = []
  supported = ${JSON.stringify(platform)}

[api]
  buildpack = "0.7"
  platform = "0.7"

[lifecycle]
  version = "${recipe.version}"
`;
}

/** Makes `lifecycle-<arch>.tgz` as `pack builder create` takes it, in `directory`; same input, same bytes. */
export async function lifecycleArchive(
  directory: string,
  recipe: LifecycleRecipe,
  architecture: Architecture,
): Promise<string> {
  await mkdir(inState("work"), { recursive: true });
  const tree = await mkdtemp(inState("work/lifecycle-"));
  try {
    await writeFile(join(tree, "lifecycle.toml"), descriptor(recipe));
    await layLifecycle(join(tree, "lifecycle"), recipe, architecture);
    const archive = join(directory, `lifecycle-${architecture}.tgz`);
    const stable = ["--sort=name", "--mtime=@315532801", "--numeric-owner", "--owner=0", "--group=0"];
    const fast = ["--use-compress-program=gzip --no-name --fast"];
    await execa("tar", [
      "--create",
      `--file=${archive}`,
      ...fast,
      ...stable,
      `--directory=${tree}`,
      "lifecycle.toml",
      "lifecycle",
    ]);
    return archive;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

/** Puts the programs as they lie in `/cnb/lifecycle` into a new directory. */
export async function layLifecycle(
  directory: string,
  { version, probe }: LifecycleRecipe,
  architecture: Architecture,
): Promise<void> {
  const real = (name: "lifecycle" | "launcher") => toolPath(lifecycleTool(name, version, architecture));
  await mkdir(directory, { recursive: true });
  for (const name of ["lifecycle", "launcher"] as const) {
    await copyFile(
      name === "lifecycle" && probe !== undefined ? await probeProgram(architecture) : real(name),
      join(directory, name),
    );
    for (const [format, text] of Object.entries(boms(name, version))) {
      await writeFile(join(directory, `${name}.sbom.${format}.json`), text);
    }
  }
  if (probe === "around") await copyFile(real("lifecycle"), join(directory, "real"));
  for (const phase of phases) await symlink("lifecycle", join(directory, phase));
}

/** The bills of materials that lie beside the binaries; one component each is enough to be followed. */
function boms(name: string, version: string): Readonly<Record<"cdx" | "spdx" | "syft", string>> {
  const component = { type: "application", name, version };
  return {
    cdx: JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", version: 1, components: [component] }),
    spdx: JSON.stringify({
      SPDXID: "SPDXRef-DOCUMENT",
      spdxVersion: "SPDX-2.3",
      name,
      dataLicense: "CC0-1.0",
      documentNamespace: `https://example.com/lab/${name}-${version}`,
      creationInfo: { created: "1980-01-01T00:00:01Z", creators: ["Tool: lab"] },
      packages: [{ SPDXID: "SPDXRef-Package", name, versionInfo: version, downloadLocation: "NOASSERTION" }],
    }),
    syft: JSON.stringify({ artifacts: [component], source: { type: "file", target: name } }),
  };
}
