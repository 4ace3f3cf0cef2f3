/**
 * Lines for a descriptor: a buildpack that keeps a layer for as long as what it is of stays the same. In: lines of shell, each
 * `keep NAME OF BYTES LAUNCH`: the layer's name, what it is of, the size of its random content, whether it is for launch.
 */
export function cachingGroup(...layers: readonly string[]): string {
  return `
[[io.buildpacks.group]]
id = "lab/procfile"

[[io.buildpacks.group]]
id = "example/caches"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
keep() {
  layer="$CNB_LAYERS_DIR/$1"
  if [ "$(cat "$layer/of" 2>/dev/null)" = "$2" ]; then echo "Reusing cached layer '$1'"; else
    mkdir -p "$layer"
    head -c "$3" /dev/urandom > "$layer/file"
    printf %s "$2" > "$layer/of"
  fi
  printf "[types]\\ncache = true\\nbuild = true\\nlaunch = $4\\n" > "$layer.toml"
}
${layers.join("\n")}
'''
`;
}
