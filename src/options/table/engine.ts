import { building, type OptionRow } from "../option.ts";

/** Who runs a build: buildx, a BuildKit that runs already, or one that is started for the build. */
export const engineNames = ["buildx", "buildkit", "daemonless"] as const;
/** How progress is shown; buildx and buildctl call the forms alike. */
export const progressForms = ["auto", "tty", "plain", "quiet", "rawjson"] as const;

/** Who runs a build, and how it is told. */
export const engineOptions = {
  engine: {
    flag: "--engine <name>",
    form: "text",
    choices: ["auto", ...engineNames],
    usual: "auto",
    text: "who runs the build",
    doors: building,
  },
  buildxBuilder: {
    flag: "--buildx-builder <name>",
    form: "text",
    text: "instance of buildx (default: BUILDX_BUILDER, else its current one)",
    doors: building,
  },
  buildkitHost: {
    flag: "--buildkit-host <address>",
    form: "text",
    text: "BuildKit, as unix://…, tcp://…, ssh://… (default: BUILDKIT_HOST)",
    doors: building,
  },
  buildkitTlsDir: {
    flag: "--buildkit-tls-dir <directory>",
    form: "text",
    text: "ca.pem, cert.pem, key.pem for it (default: BUILDKIT_TLS_DIR)",
    doors: building,
  },
  buildkitTlsServerName: {
    flag: "--buildkit-tls-server-name <name>",
    form: "text",
    text: "name in its certificate (default: that of its host)",
    doors: building,
  },
  stateDir: {
    flag: "--state-dir <directory>",
    form: "text",
    text: "where the engine daemonless keeps what it has made (default: ~/.local/share/cnb-dockerfile/buildkit)",
    doors: building,
  },
  programs: {
    variable: "CNB_DOCKERFILE_PROGRAMS",
    form: "text",
    text: "directory with the programs of a BuildKit, or their archives, for the engine daemonless",
    doors: building,
  },
  programList: {
    variable: "CNB_DOCKERFILE_PROGRAM_LIST",
    form: "text",
    text: "JSON file that lists the archives of those programs, in place of our own list",
    doors: building,
  },
  programMirror: {
    variable: "CNB_DOCKERFILE_PROGRAM_MIRROR",
    form: "text",
    text: "address below which those archives are, in place of GitHub's",
    doors: building,
  },
  frontendImage: {
    flag: "--image <image>",
    variable: "CNB_DOCKERFILE_IMAGE",
    form: "text",
    text: "our image in a registry (default: the one in this package, or CNB_DOCKERFILE_IMAGE)",
    doors: building,
  },
  dryRun: {
    flag: "--dry-run",
    form: "switch",
    text: "print the engine's command and build nothing",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** What a build tells, and in which form. */
export const reportOptions = {
  progress: {
    flag: "--progress <form>",
    form: "text",
    choices: progressForms,
    usual: "auto",
    text: "how progress is shown",
    doors: building,
  },
  buildJson: {
    flag: "--json",
    form: "switch",
    text: "print the result as a JSON object, as schema/build.schema.json describes it",
    doors: building,
  },
  quiet: {
    flag: "-q, --quiet",
    form: "switch",
    text: "print the image's id and nothing else",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
