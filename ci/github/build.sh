#!/usr/bin/env bash
# Runs `cnb-dockerfile build` with the inputs of action.yml. They come as INPUT_… variables, never as text of this script.
set -euo pipefail

if ! command -v cnb-dockerfile >/dev/null; then
  case "$INPUT_VERSION" in
    *.tgz) npm install --global "$INPUT_VERSION" >&2 ;;
    *) npm install --global "cnb-dockerfile@$INPUT_VERSION" >&2 ;;
  esac
fi

words=(build --json --progress=plain)
# Adds a flag, if its value is not empty.
one() { [ -z "$2" ] || words+=("$1=$2"); }
# Adds a flag with each line of a value.
each() {
  local line
  while IFS= read -r line; do one "$1" "$line"; done <<<"$2"
}

first=
while IFS= read -r line; do first=${first:-$line}; done <<<"$INPUT_TAGS"
# Without its tag. A colon before a slash belongs to the registry's port.
repository=$first
case "${first##*/}" in *:*) repository=${first%:*} ;; esac

one --file "$INPUT_FILE"
one --builder "$INPUT_BUILDER"
one --platform "$INPUT_PLATFORMS"
each --build-arg "$INPUT_BUILD_ARGS"
each --secret "$INPUT_SECRETS"
one --fail-on "$INPUT_FAIL_ON"
one --artifacts "$INPUT_ARTIFACTS"
if [ "$INPUT_CACHE" = true ]; then
  words+=("--buildpack-cache-from=$CACHE" "--buildpack-cache-to=$CACHE")
fi
if [ "$INPUT_PUSH_BY_DIGEST" = true ]; then
  [ -n "$repository" ] || { echo "push-by-digest needs a name in tags" >&2; exit 2; }
  # A branch can be called so, and would be an attribute of the output.
  case "$repository" in *[,\"]*) echo "not the name of an image: $repository" >&2; exit 2 ;; esac
  words+=("--output=type=image,name=$repository,push-by-digest=true,name-canonical=true,push=true")
else
  each --tag "$INPUT_TAGS"
  [ "$INPUT_PUSH" != true ] || words+=(--push)
fi
while IFS= read -r line; do
  [ -z "$line" ] || words+=("$line")
done <<<"$INPUT_ARGS"

status=0
result=$(cnb-dockerfile "${words[@]}" -- "$INPUT_CONTEXT") || status=$?
# By standard input: a variable of a process has at most 128 KiB. One line, also of a result that has several.
printf %s "$result" | REPOSITORY=$repository node -e '
  const result = JSON.parse(fs.readFileSync(0, "utf8") || "{}");
  const digest = /^sha256:[0-9a-f]{64}$/.test(result.digest) ? result.digest : "";
  const { REPOSITORY } = process.env;
  console.log("digest=" + digest);
  console.log("image=" + (digest && REPOSITORY && REPOSITORY + "@" + digest));
  console.log("result=" + JSON.stringify(result));
' >>"$GITHUB_OUTPUT"
# Of a failed build, too, the outputs are there: the result says why.
exit "$status"
