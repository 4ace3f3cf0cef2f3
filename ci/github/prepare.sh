#!/usr/bin/env bash
# Chooses a cache directory for action.yml: each project of a job has its own, as the runner keeps it when the job ends.
set -euo pipefail

read -r key _ < <(printf '%s\n%s' "$INPUT_CONTEXT" "$INPUT_FILE" | cksum)
{
  echo "key=$key"
  echo "cache=$RUNNER_TEMP/cnb-cache/$key"
} >>"$GITHUB_OUTPUT"
