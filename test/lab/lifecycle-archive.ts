import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { inState } from "./paths.ts";
import { type Architecture, lifecycleTool, lifecycleVersions } from "./tool-list.ts";
import { toolPath } from "./tools.ts";

type LifecycleVersion = (typeof lifecycleVersions)[keyof typeof lifecycleVersions];

/** What each version speaks, as its own `api` package lists it. */
const apis: Readonly<Record<LifecycleVersion, { readonly buildpack: number; readonly platform: number }>> = {
  [lifecycleVersions.current]: { buildpack: 12, platform: 15 },
  [lifecycleVersions.old]: { buildpack: 11, platform: 14 },
};

const phases = ["analyzer", "builder", "creator", "detector", "exporter", "extender", "rebaser", "restorer"];

/** Both versions list 0.7 as their lowest API, supported and not deprecated. */
function descriptor(version: LifecycleVersion): string {
  const upTo = (last: number) =>
    Array.from({ length: last - 6 }, (_, index) => `"0.${index + 7}"`).join(", ");
  return `[apis.buildpack]
  deprecated = []
  supported = [${upTo(apis[version].buildpack)}]
[apis.platform]
  deprecated = []
  supported = [${upTo(apis[version].platform)}]

[api]
  buildpack = "0.7"
  platform = "0.7"

[lifecycle]
  version = "${version}"
`;
}

/** Makes `lifecycle-<version>-<arch>.tgz` as `pack builder create` takes it, in `directory`; same input, same bytes. */
export async function lifecycleArchive(
  directory: string,
  version: LifecycleVersion,
  architecture: Architecture,
): Promise<string> {
  await mkdir(inState("work"), { recursive: true });
  const tree = await mkdtemp(inState("work/lifecycle-"));
  try {
    const inside = join(tree, "lifecycle");
    await mkdir(inside);
    await writeFile(join(tree, "lifecycle.toml"), descriptor(version));
    for (const name of ["lifecycle", "launcher"] as const) {
      await copyFile(toolPath(lifecycleTool(name, version, architecture)), join(inside, name));
      for (const [format, text] of Object.entries(boms(name, version))) {
        await writeFile(join(inside, `${name}.sbom.${format}.json`), text);
      }
    }
    for (const phase of phases) await symlink("lifecycle", join(inside, phase));
    const archive = join(directory, `lifecycle-${version}-${architecture}.tgz`);
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
