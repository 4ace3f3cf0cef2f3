import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the stand-in says of the image that it makes. */
export const standInImageId = `sha256:${"1".repeat(64)}`;

const workers = JSON.stringify([
  { platforms: [{ os: "linux", architecture: "amd64" }], buildkitVersion: { version: "v0.31.2" } },
]);

/**
 * A buildctl whose builds end well, with an archive where one is asked for, and with what a shell line does. It makes
 * files as buildctl does, for everybody to write. In: a directory of its own. Out: the variables by which it is found,
 * and whether it has built.
 */
export function standInBuildctl(directory: string, line = "") {
  mkdirSync(directory, { recursive: true });
  const program = join(directory, "buildctl");
  writeFileSync(
    program,
    `#!/bin/sh
case " $* " in
*" debug workers "*) echo '${workers}'; exit ;;
*--version*) echo 'buildctl moby v0.31.2 x'; exit ;;
esac
umask 0
printf '%s\\n' "$@" >'${directory}/words'
for word; do
  case "$word" in
  --metadata-file=*) echo '{"containerimage.digest":"${standInImageId}"}' >"\${word#*=}" ;;
  --output=*)
    archive=\${word##*dest=}
    archive=\${archive%%,*}
    case "$word" in
    *type=local*) mkdir -m 700 -p "$archive" && echo content >"$archive/file" ;;
    *dest=*) echo archive >"$archive" ;;
    esac ;;
  esac
done
${line}
`,
  );
  chmodSync(program, 0o755);
  const words = join(directory, "words");
  return {
    env: {
      CNB_DOCKERFILE_PROGRAMS: directory,
      PATH: `${directory}:${process.env.PATH ?? ""}`,
      BUILDKIT_HOST: "unix:///nowhere.sock",
    },
    hasBuilt: () => existsSync(words),
    words: () => readFileSync(words, "utf8").trimEnd().split("\n"),
  };
}
