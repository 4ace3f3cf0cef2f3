import { building, compiling, type OptionRow, ofProject } from "../option.ts";

/** The project or the other source that a command reads. */
export const sourceOptions = {
  git: {
    flag: "-g, --git <url>",
    form: "text",
    text: "Build a git repository: URL[#REF[:DIRECTORY]]",
    doors: building,
  },
  allowLocalGit: {
    flag: "--allow-local-git",
    form: "switch",
    text: "Allow --git to read a repository on this machine (a path or file:///PATH)",
    doors: building,
  },
  submodules: {
    flag: "--submodules",
    form: "switch",
    text: "Also fetch the submodules of the --git repository",
    doors: building,
  },
  sourcePath: {
    flag: "-p, --path <source>",
    form: "text",
    text: "Same as SOURCE (pack's name)",
    doors: building,
  },
  path: {
    flag: "-p, --path <directory>",
    form: "text",
    text: "Same as PATH (pack's name)",
    doors: compiling,
  },
  file: {
    flag: "-f, --file <file>",
    form: "text",
    text: "Project descriptor or Dockerfile to build, or - for standard input (default: project.toml in the source, otherwise Dockerfile)",
    doors: building,
  },
  fileToBuild: {
    flag: "-d, --descriptor <file>",
    form: "text",
    text: "Same as --file (pack's name)",
    doors: building,
    sameAs: "file",
  },
  descriptor: {
    flag: "-d, --descriptor <file>",
    form: "text",
    text: "Project descriptor (default: project.toml in the project, if it exists)",
    doors: compiling,
    recorded: 1,
  },
  root: {
    flag: "--root <directory>",
    form: "text",
    text: "Parent directory that symbolic links, and buildpack paths in project.toml, may point into (default: the project directory only)",
    doors: ofProject,
  },
  maxSourceSize: {
    flag: "--max-source-size <size>",
    form: "text",
    text: "Maximum size of a source from git or an archive, for example 16g (default: 4g)",
    doors: building,
  },
  maxSourceEntries: {
    flag: "--max-source-entries <number>",
    form: "text",
    text: "Maximum number of files and directories in a source from git or an archive (default: 1000000)",
    doors: building,
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
