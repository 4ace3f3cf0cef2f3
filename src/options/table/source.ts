import { building, type OptionRow } from "../option.ts";
import { readImageName } from "../values/readers.ts";

/** What a build is of, and what is written on the image. */
export const sourceOptions = {
  git: {
    flag: "-g, --git <url>",
    form: "text",
    text: "git repository: URL[#REF[:DIRECTORY]]",
    doors: building,
  },
  allowLocalGit: {
    flag: "--allow-local-git",
    form: "switch",
    text: "let --git name a repository on this machine: a path or file:///PATH",
    doors: building,
  },
  submodules: {
    flag: "--submodules",
    form: "switch",
    text: "also fetch the submodules of the repository that --git names",
    doors: building,
  },
  sourcePath: {
    flag: "-p, --path <source>",
    form: "text",
    text: "the same as SOURCE, by pack's name",
    doors: building,
  },
  file: {
    flag: "-f, --file <file>",
    form: "text",
    text: "project descriptor or Dockerfile; - for standard input (default: project.toml of the source, else Dockerfile)",
    doors: building,
  },
  fileToBuild: {
    flag: "-d, --descriptor <file>",
    form: "text",
    text: "the same as --file, by pack's name",
    doors: building,
    sameAs: "file",
  },
  builtPlatforms: {
    flag: "--platform <list>",
    containerVariable: "CNB_PLATFORMS",
    form: "list",
    text: "platforms, as linux/amd64,linux/arm64 (default: the engine's own)",
    doors: [...building, "container"],
  },
  target: {
    flag: "--target <stage>",
    form: "text",
    text: "stage to build (default: the image)",
    doors: building,
  },
  label: {
    flag: "--label <name=value>",
    form: "list",
    text: "label of the image; can be repeated",
    doors: building,
  },
  annotation: {
    flag: "--annotation <name=value>",
    form: "list",
    text: "annotation of the image, TYPE:NAME=VALUE too; can be repeated",
    doors: building,
  },
  previousImage: {
    flag: "--previous-image <image>",
    argument: "CNB_PREVIOUS_IMAGE",
    form: "text",
    read: readImageName,
    compiled: true,
    text: "image whose layers the buildpacks may keep (default: none)",
    argumentText: "image of an earlier build, whose layers the buildpacks may keep",
    doors: [...building, "frontend"],
    only: "project",
  },
  gitMetadata: {
    flag: "--git-metadata",
    form: "switch",
    text: "write the commit and the repository into the label io.buildpacks.project.metadata",
    doors: building,
  },
  maxSourceSize: {
    flag: "--max-source-size <size>",
    form: "text",
    text: "largest source from git or an archive, as 16g (default: 4g)",
    doors: building,
  },
  maxSourceEntries: {
    flag: "--max-source-entries <number>",
    form: "text",
    text: "most files and directories in it (default: 1000000)",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
