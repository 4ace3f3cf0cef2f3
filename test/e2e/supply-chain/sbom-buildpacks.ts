import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const formats = ["application/vnd.cyclonedx+json", "application/spdx+json", "application/vnd.syft+json"];

/** A layer of the image. */
const layer = `
mkdir -p "$CNB_LAYERS_DIR/layer"
echo file >"$CNB_LAYERS_DIR/layer/file"
printf '[types]\\nlaunch = true\\n' >"$CNB_LAYERS_DIR/layer.toml"
`;

/** A layer of the image, and a bill of materials for it; variables in the text count. */
function layerWith(extension: string, text: string): string {
  return `${layer}cat >"$CNB_LAYERS_DIR/layer.${extension}" <<JSON\n${text}\nJSON\n`;
}

function spdxText(name: string): string {
  return JSON.stringify({
    ...{ SPDXID: "SPDXRef-DOCUMENT", spdxVersion: "SPDX-2.3", name, dataLicense: "CC0-1.0" },
    documentNamespace: `https://example.com/e2e/${name}`,
    creationInfo: { created: "1980-01-01T00:00:01Z", creators: ["Tool: e2e"] },
    packages: [{ SPDXID: "SPDXRef-Package", name, versionInfo: "1.0.0", downloadLocation: "NOASSERTION" }],
  });
}

function cyclonedxText(name: string): string {
  const components = [{ type: "library", name, version: "1.0.0", purl: `pkg:generic/${name}@1.0.0` }];
  return JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", version: 1, components });
}

/** Leaves bills of materials of the image and of the build. */
const ofWholeImage = ["launch", "build"]
  .flatMap((about) => [
    [`${about}.sbom.spdx.json`, spdxText(about)],
    [`${about}.sbom.cdx.json`, cyclonedxText(about)],
  ])
  .map(([file, text]) => `cat >"$CNB_LAYERS_DIR/${file}" <<JSON\n${text}\nJSON\n`)
  .join("");

/** Scripts of buildpacks that leave bills of materials of every kind, by the buildpacks' names. */
export const sbomScripts = {
  spdx: layerWith("sbom.spdx.json", spdxText("from-spdx-$CNB_TARGET_ARCH")),
  cyclonedx: layerWith("sbom.cdx.json", cyclonedxText("from-cyclonedx-$CNB_TARGET_ARCH")),
  /** It declares that it leaves one, and leaves none. */
  none: layer,
  empty: layerWith("sbom.cdx.json", ""),
  invalid: layerWith("sbom.spdx.json", '{"spdxVersion": "SPDX-2.3", "packages": ['),
  large: `${layer}
{
  printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{"type":"library","name":"large-first","version":"1"}'
  for part in $(seq 1 30); do
    printf ',{"type":"library","name":"large-%s","version":"1","description":"%s"}' \\
      "$part" "$(head -c 1000000 /dev/zero | tr '\\0' x)"
  done
  printf ']}'
} >"$CNB_LAYERS_DIR/layer.sbom.cdx.json"
`,
  /** An npm package that Syft finds, npm itself, and bills of materials for the image and for the build. */
  npm: `
place="$CNB_LAYERS_DIR/modules/node_modules/npm"
mkdir -p "$place"
echo '{"name":"npm","version":"8.19.4","license":"Artistic-2.0"}' >"$place/package.json"
printf '[types]\\nlaunch = true\\n' >"$CNB_LAYERS_DIR/modules.toml"
${ofWholeImage}`,
  /** Few of them for launch: each of those is a layer, which takes two steps of the build. */
  many: `${layer}
for number in $(seq 1 300); do
  if [[ $number -le 20 ]]; then types=launch; else types=build; fi
  mkdir -p "$CNB_LAYERS_DIR/$types-$number"
  printf '[types]\\n%s = true\\n' "$types" >"$CNB_LAYERS_DIR/$types-$number.toml"
  cat >"$CNB_LAYERS_DIR/$types-$number.sbom.cdx.json" <<JSON
${cyclonedxText("many-$types-$number")}
JSON
done
`,
} as const;
export type SbomBuildpack = keyof typeof sbomScripts | "undeclared";

/** Writes a buildpack `e2e/NAME` below a project's directory. Out: lines for its project.toml. */
export function writeSbomBuildpack(directory: string, name: SbomBuildpack): string {
  const place = join(directory, "buildpacks", name);
  mkdirSync(join(place, "bin"), { recursive: true });
  const declared = name === "undeclared" ? [] : formats;
  const about = `[buildpack]\nid = "e2e/${name}"\nversion = "1.0.0"\nsbom-formats = ${JSON.stringify(declared)}\n`;
  writeFileSync(join(place, "buildpack.toml"), `api = "0.10"\n${about}\n[[targets]]\nos = "linux"\n`);
  const build = name === "undeclared" ? layer : sbomScripts[name];
  for (const [program, script] of Object.entries({ detect: "", build })) {
    const text = `#!/usr/bin/env bash\nset -euo pipefail\n${script}`;
    writeFileSync(join(place, "bin", program), text, { mode: 0o755 });
  }
  return `\n[[io.buildpacks.group]]\nuri = "./buildpacks/${name}"\n`;
}
