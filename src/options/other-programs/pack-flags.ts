import type { AnsweredFlag } from "./answered-flag.ts";

type PackFlag = AnsweredFlag & { readonly instead: string };

/** A flag that docker has a word for, which is given when the image is built. */
function atBuild(flags: string, words: string, more = ""): PackFlag {
  return {
    flags,
    instead: `Use it when you build: \`docker buildx build ${words} …\`.${more}`,
    insteadOfBuild: `Use \`${words}\`.`,
  };
}

/** A flag that nothing here needs. */
function needless(flags: string, reason: string): PackFlag {
  const instead = `Remove it: ${reason}.`;
  return { flags, instead, insteadOfBuild: instead };
}

/** A flag that `build` has, and a file that is built later cannot. */
function ofBuild({ flags, instead }: PackFlag): PackFlag {
  return { flags, instead };
}

const ownUser = "the phases run as the builder's own user and group";
const ownPhases = "each phase runs in its own step, and none has access to credentials";
const everywhere = (instead: string) => ({ instead, insteadOfBuild: instead });

/**
 * Flags of `pack build` that mean something else here. Those that are not in the list exist under the same name; a test
 * holds both against pack's own.
 */
export const answeredPackFlags: readonly PackFlag[] = [
  ofBuild(atBuild("-t, --tag <name>", "--tag NAME")),
  atBuild("--publish", "--push --tag NAME"),
  atBuild("--cache <options>", "--cache-to type=registry,ref=REF --cache-from type=registry,ref=REF"),
  atBuild("--clear-cache", "--no-cache", " It also clears the buildpack cache."),
  atBuild("--creation-time <time>", "--build-arg SOURCE_DATE_EPOCH=SECONDS"),
  {
    ...needless(
      "--docker-host <address>",
      "the build needs no Docker daemon, and buildpacks have no access to one",
    ),
    insteadOfBuild:
      "Set DOCKER_HOST, or select a buildx builder with `--buildx-builder`. Buildpacks have no access to either.",
  },
  needless("--gid <number>", ownUser),
  needless("--uid <number>", ownUser),
  needless(
    "--lifecycle-image <image>",
    "the lifecycle in the builder runs, without access to registries or credentials",
  ),
  ofBuild(atBuild("--network <name>", "--network host")),
  ofBuild(
    needless(
      "--previous-image <image>",
      "a Dockerfile has no previous image. Unchanged layers come from BuildKit's cache",
    ),
  ),
  {
    flags: "--pull-policy <policy>",
    instead: "Generate the file again to use newer images: it pins images by digest.",
    insteadOfBuild: "Use `--pull` to check for newer images.",
  },
  atBuild("--report-output-dir <directory>", "--metadata-file FILE"),
  {
    flags: "--sbom-output-dir <directory>",
    instead: "Build the SBOM target: `docker buildx build --target sbom --output DIRECTORY …`.",
    insteadOfBuild:
      "Use `--target sbom --output DIRECTORY` for the SBOMs only, or `--artifacts DIRECTORY` to build the image with SBOMs and a vulnerability report.",
  },
  needless("--trust-builder", ownPhases),
  needless("--trust-extra-buildpacks", ownPhases),
  {
    flags: "--userns-host",
    ...everywhere("Configure user namespaces in BuildKit."),
  },
  needless("--workspace <directory>", "the app is always in /workspace, which is also pack's default"),
  { flags: "--force-color", ...everywhere("Set FORCE_COLOR=1.") },
  { flags: "--no-color", ...everywhere("Set NO_COLOR=1.") },
  ofBuild(needless("-q, --quiet", "only warnings and the result are printed")),
  atBuild("--timestamps", "--progress plain"),
  atBuild("-v, --verbose", "--progress plain"),
];
