#!/usr/bin/env bash
# Chooses for action.yml a cache directory, which each project of a job has for itself, and the name of the artifact.
set -euo pipefail

read -r key _ < <(printf '%s\n%s' "$INPUT_CONTEXT" "$INPUT_FILE" | cksum)

# A run can have an artifact's name once: jobs of a matrix have the same job name, a job can use the action several times.
# The runner empties its directory for temporary files before each job.
uses=$RUNNER_TEMP/cnb-dockerfile-uses
echo "$key" >>"$uses"
number=$(($(wc -l <"$uses")))
artifact=$INPUT_ARTIFACT_NAME
if [ -z "$artifact" ]; then
  artifact=cnb-$GITHUB_JOB-$JOB_INDEX
  [ "$number" = 1 ] || artifact+=-$number
fi
case $artifact in *$'\n'*) echo "artifact-name must be one line" >&2; exit 2 ;; esac

{
  echo "key=$key"
  echo "cache=$RUNNER_TEMP/cnb-cache/$key"
  echo "artifact=$artifact"
} >>"$GITHUB_OUTPUT"
