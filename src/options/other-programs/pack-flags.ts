import type { AnsweredFlag } from "./answered-flag.ts";

type PackFlag = AnsweredFlag & { readonly instead: string };

/** A flag that docker has a word for, which is given when the image is built. */
function atBuild(flags: string, words: string, more = ""): PackFlag {
  return {
    flags,
    instead: `Give it to the build: \`docker buildx build ${words} …\`.${more}`,
    insteadOfBuild: `Write \`${words}\`.`,
  };
}

/** A flag that nothing here needs. */
function needless(flags: string, reason: string): PackFlag {
  const instead = `Leave it out: ${reason}.`;
  return { flags, instead, insteadOfBuild: instead };
}

/** A flag that `build` has, and a file that is built later cannot. */
function ofBuild({ flags, instead }: PackFlag): PackFlag {
  return { flags, instead };
}

const ownUser = "the phases run as the builder's own user and group";
const ownPhases = "the phases run one by one, and none of them sees a credential";
const everywhere = (instead: string) => ({ instead, insteadOfBuild: instead });

/**
 * Flags of `pack build` that mean something else here. Those that are not in the list exist under the same name; a test
 * holds both against pack's own.
 */
export const answeredPackFlags: readonly PackFlag[] = [
  ofBuild(atBuild("-t, --tag <name>", "--tag NAME")),
  atBuild("--publish", "--push --tag NAME"),
  atBuild("--cache <options>", "--cache-to type=registry,ref=REF --cache-from type=registry,ref=REF"),
  atBuild("--cache-image <name>", "--cache-to type=registry,ref=NAME --cache-from type=registry,ref=NAME"),
  atBuild(
    "--clear-cache",
    "--no-cache",
    " It empties the buildpacks' cache, too, and has no place in a file that is kept.",
  ),
  atBuild("--creation-time <time>", "--build-arg SOURCE_DATE_EPOCH=SECONDS"),
  {
    ...needless("--docker-host <address>", "the build needs no docker daemon, and buildpacks see none"),
    insteadOfBuild:
      "Set DOCKER_HOST, or name an instance of buildx with `--buildx-builder`; buildpacks see neither.",
  },
  needless("--extension <extension>", "image extensions are not supported yet"),
  needless("--gid <number>", ownUser),
  needless("--uid <number>", ownUser),
  needless(
    "--lifecycle-image <image>",
    "the builder's own lifecycle runs, and nothing of it sees a registry or a credential",
  ),
  ofBuild(atBuild("--network <name>", "--network host")),
  ofBuild(
    needless(
      "--previous-image <image>",
      "a Dockerfile has no previous image; unchanged layers come from BuildKit's cache",
    ),
  ),
  {
    flags: "--pull-policy <policy>",
    instead: "The file names images by digest; to look for newer ones generate it again.",
    insteadOfBuild: "Write `--pull` to look for newer images.",
  },
  atBuild("--report-output-dir <directory>", "--metadata-file FILE"),
  {
    flags: "--sbom-output-dir <directory>",
    instead:
      "Bills of materials are a target of their own: `docker buildx build --target sbom --output DIRECTORY …`.",
    insteadOfBuild:
      "Write `--target sbom --output DIRECTORY` for the bills of materials alone, or `--artifacts DIRECTORY` for them and a scan beside the image.",
  },
  needless("--trust-builder", ownPhases),
  needless("--trust-extra-buildpacks", ownPhases),
  {
    flags: "--userns-host",
    ...everywhere("Set user namespaces up in BuildKit's own configuration."),
  },
  needless("--workspace <directory>", "the app is at /workspace, as it is by default with pack"),
  { flags: "--force-color", ...everywhere("Set FORCE_COLOR=1.") },
  { flags: "--no-color", ...everywhere("Set NO_COLOR=1.") },
  ofBuild(needless("-q, --quiet", "nothing but warnings is said beside the result")),
  atBuild("--timestamps", "--progress plain"),
  atBuild("-v, --verbose", "--progress plain"),
];
