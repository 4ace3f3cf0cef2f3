/**
 * A layer for launch alone with real npm packages, as npm buildpacks have it, at its own place: `lab/node` has another one.
 */
export const npmBuildpack = `
[[io.buildpacks.group]]
id = "lab/node"

[[io.buildpacks.group]]
id = "example/npm"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu
modules=$1/modules
lock=$(sha256sum packages/package-lock.json | cut -d " " -f 1)
if grep -qs "lock = \\"$lock\\"" "$modules.toml"; then
  echo "keeping layer 'modules'"
else
  echo "installing modules"
  rm -rf "$modules"
  mkdir -p "$modules"
  cp packages/package.json packages/package-lock.json "$modules/"
  (cd "$modules" && npm_config_registry="\${NPM_CONFIG_REGISTRY%/}" npm_config_cache=/tmp/npm npm_config_audit=false \
    npm_config_fund=false NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm ci --omit=dev --ignore-scripts)
fi
printf '[types]\\nlaunch = true\\n\\n[metadata]\\nlock = "%s"\\n' "$lock" >"$modules.toml"
'''
`;

/** A cached launch layer of 50,000 small files. */
export const filesBuildpack = behindProcfile(
  "example/files",
  `
layer=$1/files
if [ ! -d "$layer" ]; then
  mkdir -p "$layer"
  cd "$layer"
  seq 50000 | split -l 1 -a 5 -d - file-
fi
printf '[types]\\nlaunch = true\\ncache = true\\n' >"$layer.toml"
`,
);

/** A hundred cached launch layers. */
export const layersBuildpack = behindProcfile(
  "example/layers",
  `
for number in $(seq 100); do
  layer=$1/layer-$number
  mkdir -p "$layer"
  echo "$number" >"$layer/file"
  printf '[types]\\nlaunch = true\\ncache = true\\n' >"$layer.toml"
done
`,
);

function behindProcfile(id: string, script: string): string {
  return `
[[io.buildpacks.group]]
id = "lab/procfile"

[[io.buildpacks.group]]
id = "${id}"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu${script}'''
`;
}
