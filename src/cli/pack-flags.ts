/** A flag of `pack build` that has no twin in `generate`, and what to do in its place. */
export interface PackFlag {
  /** As commander wants it: `-t, --tag <name>`. */
  readonly flags: string;
  readonly instead: string;
}

const atBuild = (text: string) => `Give it to the build: \`docker buildx build ${text} …\`.`;
const none = (reason: string) => `Leave it out: ${reason}.`;

/**
 * Flags of `pack build` that mean something else to a file that is built later, elsewhere, by BuildKit. Those that are
 * not here exist in `generate` under the same name; a test holds both lists against pack's own.
 */
export const answeredPackFlags: readonly PackFlag[] = [
  { flags: "-t, --tag <name>", instead: atBuild("--tag NAME") },
  { flags: "--publish", instead: atBuild("--push --tag NAME") },
  {
    flags: "--cache <options>",
    instead: atBuild("--cache-to type=registry,ref=REF --cache-from type=registry,ref=REF"),
  },
  {
    flags: "--cache-image <name>",
    instead: atBuild("--cache-to type=registry,ref=NAME --cache-from type=registry,ref=NAME"),
  },
  {
    flags: "--clear-cache",
    instead: `${atBuild("--no-cache")} It empties the buildpacks' cache, too, and has no place in a file that is kept.`,
  },
  { flags: "--creation-time <time>", instead: atBuild("--build-arg SOURCE_DATE_EPOCH=SECONDS") },
  {
    flags: "--docker-host <address>",
    instead: none("the build needs no docker daemon, and buildpacks see none"),
  },
  { flags: "--extension <extension>", instead: none("image extensions are not supported yet") },
  { flags: "--gid <number>", instead: none("the phases run as the builder's own user and group") },
  { flags: "--uid <number>", instead: none("the phases run as the builder's own user and group") },
  {
    flags: "--lifecycle-image <image>",
    instead: none("the builder's own lifecycle runs, and nothing of it sees a registry or a credential"),
  },
  { flags: "--network <name>", instead: atBuild("--network host") },
  {
    flags: "--previous-image <image>",
    instead: none("a Dockerfile has no previous image; unchanged layers come from BuildKit's cache"),
  },
  {
    flags: "--pull-policy <policy>",
    instead: "The file names images by digest; to look for newer ones generate it again.",
  },
  {
    flags: "--report-output-dir <directory>",
    instead: atBuild("--metadata-file FILE"),
  },
  { flags: "--sbom-output-dir <directory>", instead: atBuild("--target build --output DIRECTORY") },
  {
    flags: "--trust-builder",
    instead: none("the phases run one by one, and none of them sees a credential"),
  },
  {
    flags: "--trust-extra-buildpacks",
    instead: none("the phases run one by one, and none of them sees a credential"),
  },
  { flags: "--userns-host", instead: "Set user namespaces up in BuildKit's own configuration." },
  {
    flags: "--workspace <directory>",
    instead: none("the app is at /workspace, as it is by default with pack"),
  },
  { flags: "--force-color", instead: "Set FORCE_COLOR=1." },
  { flags: "--no-color", instead: "Set NO_COLOR=1." },
  { flags: "-q, --quiet", instead: none("nothing but warnings is said beside the result") },
  { flags: "--timestamps", instead: atBuild("--progress plain") },
  { flags: "-v, --verbose", instead: atBuild("--progress plain") },
];
