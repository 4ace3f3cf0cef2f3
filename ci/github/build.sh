#!/usr/bin/env bash
# Runs `cnb-dockerfile build` with the inputs of action.yml, which come as INPUT_… variables, never as text of this script.
set -euo pipefail

if ! command -v cnb-dockerfile >/dev/null; then
  case "$INPUT_VERSION" in
    *.tgz) npm install --global "$INPUT_VERSION" ;;
    *) npm install --global "cnb-dockerfile@$INPUT_VERSION" ;;
  esac
fi

words=(build --json --progress=plain)
# Adds a flag with each line of a value.
each() {
  local line
  while IFS= read -r line; do
    [ -z "$line" ] || words+=("$1=$line")
  done <<<"$2"
}
one() { [ -z "$2" ] || words+=("$1=$2"); }

one --file "$INPUT_FILE"
one --builder "$INPUT_BUILDER"
one --platform "$INPUT_PLATFORMS"
each --build-arg "$INPUT_BUILD_ARGS"
each --secret "$INPUT_SECRETS"
one --fail-on "$INPUT_FAIL_ON"
one --artifacts "$INPUT_ARTIFACTS"
if [ "$INPUT_CACHE" = true ]; then
  cache=${RUNNER_TEMP:?}/cnb-cache
  words+=("--buildpack-cache-from=$cache" "--buildpack-cache-to=$cache")
fi
if [ "$INPUT_PUSH_BY_DIGEST" = true ]; then
  # A digest has no tag; the name without one is the repository.
  name=$(printf '%s' "$INPUT_TAGS" | head --lines=1 | sed 's|:[^/:]*$||')
  words+=("--output=type=image,name=$name,push-by-digest=true,name-canonical=true,push=true")
else
  each --tag "$INPUT_TAGS"
  [ "$INPUT_PUSH" != true ] || words+=(--push)
fi
while IFS= read -r line; do
  [ -z "$line" ] || words+=("$line")
done <<<"$INPUT_ARGS"

result=$(cnb-dockerfile "${words[@]}" "$INPUT_CONTEXT")
digest=$(jq --raw-output '.digest // empty' <<<"$result")
first=$(printf '%s' "$INPUT_TAGS" | head --lines=1 | sed 's|:[^/:]*$||')
{
  echo "digest=$digest"
  echo "image=${first:+$first@$digest}"
  echo "result=$(jq --compact-output . <<<"$result")"
} >>"$GITHUB_OUTPUT"
