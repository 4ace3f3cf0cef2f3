#!/usr/bin/env bash
# Joins images that were pushed by digest into one index, under each of the tags.
set -euo pipefail

words=()
first=
while IFS= read -r tag; do
  [ -n "$tag" ] || continue
  first=${first:-$tag}
  words+=(--tag "$tag")
done <<<"$INPUT_TAGS"
# Without its tag. A colon before a slash belongs to the registry's port.
repository=$first
case "${first##*/}" in *:*) repository=${first%:*} ;; esac
[ -n "$repository" ] || { echo "tags names no image" >&2; exit 2; }

count=0
while read -r digest; do
  [ -n "$digest" ] || continue
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || { echo "not a digest: $digest" >&2; exit 2; }
  words+=("$repository@$digest")
  count=$((count + 1))
done < <(tr -s ' \t,' '\n' <<<"$INPUT_DIGESTS")
[ "$count" -gt 0 ] || { echo "digests names none" >&2; exit 2; }

docker buildx imagetools create "${words[@]}"
digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$first")
{
  echo "digest=$digest"
  echo "image=$repository@$digest"
} >>"$GITHUB_OUTPUT"
