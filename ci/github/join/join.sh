#!/usr/bin/env bash
# Joins images that were pushed by digest into one index, under each of the tags.
set -euo pipefail

words=()
while IFS= read -r tag; do
  [ -z "$tag" ] || words+=(--tag "$tag")
done <<<"$INPUT_TAGS"
name=$(printf '%s' "$INPUT_TAGS" | head --lines=1 | sed 's|:[^/:]*$||')
for digest in $INPUT_DIGESTS; do
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "not a digest: $digest" >&2; exit 1; }
  words+=("$name@$digest")
done
docker buildx imagetools create "${words[@]}"
