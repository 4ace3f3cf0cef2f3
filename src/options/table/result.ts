import { building, type OptionRow, onEngine } from "../option.ts";

/** The image that a build makes. */
export const resultOptions = {
  tag: {
    flag: "-t, --tag <name>",
    containerVariable: "CNB_TAG",
    form: "list",
    text: "Image name and tag (default: the name of the directory or repository; can be repeated)",
    containerText: "Image name and tag in the archive (default: the name of the repository or directory)",
    doors: ["build", "container"],
  },
  builtPlatforms: {
    flag: "--platform <platform,…>",
    containerVariable: "CNB_PLATFORMS",
    form: "list",
    text: "Platforms to build for, for example linux/amd64,linux/arm64 (default: the engine's platform)",
    doors: [...building, "container"],
  },
  target: {
    flag: "--target <stage>",
    form: "text",
    text: "Stage to build (default: the image)",
    doors: ["build"],
  },
  label: {
    flag: "--label <name=value>",
    form: "list",
    text: "Add a label to the image (can be repeated)",
    doors: ["build"],
  },
  annotation: {
    flag: "--annotation <name=value>",
    form: "list",
    text: "Add an annotation to the image, also as TYPE:NAME=VALUE (can be repeated)",
    doors: ["build"],
  },
  gitMetadata: {
    flag: "--git-metadata",
    form: "switch",
    text: "Record the commit and repository in the label io.buildpacks.project.metadata",
    doors: ["build"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** How progress is shown; buildx and buildctl call the forms alike. */
export const progressForms = ["auto", "tty", "plain", "quiet", "rawjson"] as const;

/** Where the result of a build goes, and what the command prints. */
export const outputOptions = {
  push: {
    flag: "--push",
    form: "switch",
    text: "Push the image to its registry",
    doors: ["build"],
  },
  load: { flag: "--load", form: "switch", text: "Load the image into Docker", doors: ["build"] },
  outputs: {
    flag: "-o, --output <spec>",
    form: "list",
    text: "Output destination: a directory, or type=image|registry|docker|oci|tar|local,dest=PATH (can be repeated)",
    doors: ["build"],
  },
  artifacts: {
    flag: "--artifacts [directory]",
    form: "text",
    text: "Also write the image's SBOM and vulnerability report, sbom.json and vuln.json (default directory: artifacts)",
    doors: ["build"],
  },
  metadataFile: {
    flag: "--metadata-file <file>",
    form: "text",
    text: "Write build result metadata to a file, as JSON",
    doors: ["build"],
  },
  downloads: {
    flag: "--downloads <file>",
    form: "text",
    text: "Write what the build steps downloaded to a file, as JSON; implies --proxy-network",
    implies: ["proxyNetwork"],
    doors: ["build"],
  },
  iidfile: {
    flag: "--iidfile <file>",
    form: "text",
    text: "Write the image ID to a file",
    doors: ["build"],
  },
  progress: {
    flag: "--progress <type>",
    form: "text",
    choices: progressForms,
    usual: "auto",
    text: "Type of progress output",
    doors: onEngine,
  },
  buildJson: {
    flag: "--json",
    form: "switch",
    text: "Print the result as a JSON object (schema/build.schema.json)",
    doors: ["build"],
  },
  quiet: {
    flag: "-q, --quiet",
    form: "switch",
    text: "Print only the image ID",
    doors: ["build"],
  },
  quietCache: {
    flag: "-q, --quiet",
    form: "switch",
    text: "Print only warnings and errors",
    doors: ["cache"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** What BuildKit attests of an image. */
export const attestationOptions = {
  attest: {
    flag: "--attest <spec>",
    form: "list",
    text: "Add an attestation, for example type=provenance,mode=max (can be repeated)",
    doors: ["build"],
  },
  sbom: {
    flag: "--sbom <spec>",
    form: "text",
    text: "Shorthand for --attest=type=sbom",
    doors: ["build"],
  },
  provenance: {
    flag: "--provenance <spec>",
    form: "text",
    text: "Shorthand for --attest=type=provenance",
    doors: ["build"],
  },
  sbomAttestations: {
    flag: "--no-sbom-attestations",
    argument: "CNB_SBOM_ATTESTATIONS",
    form: "switch",
    text: "Do not attach the buildpacks' SBOMs to the image",
    argumentText: "Set to false to leave the buildpacks' SBOMs off the image",
    doors: ["build", "frontend"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
