import type { OptionRow } from "../option.ts";

/** Where the Dockerfile or the plan goes, and in which form. */
export const writingOptions = {
  output: {
    flag: "-o, --output <file>",
    form: "text",
    text: "Write the result to a file; a Dockerfile gets FILE.dockerignore beside it unless the project has a .dockerignore",
    doors: ["generate"],
  },
  force: {
    flag: "--force",
    form: "switch",
    text: "Overwrite a file that cnb-dockerfile did not generate",
    doors: ["generate"],
  },
  bake: {
    flag: "--bake",
    form: "switch",
    text: "Generate a file for `docker buildx bake` that builds one or more projects",
    conflicts: ["compose", "check", "json"],
    doors: ["generate"],
  },
  compose: {
    flag: "--compose",
    form: "switch",
    text: "Generate a compose file that builds one or more projects",
    conflicts: ["check", "json"],
    doors: ["generate"],
  },
  comparedFile: {
    flag: "--check <file>",
    form: "text",
    text: "Check that a generated Dockerfile is up to date; if not, print a diff and exit with 1",
    conflicts: ["output", "force"],
    doors: ["generate"],
  },
  json: {
    flag: "--json",
    form: "switch",
    text: "Print a JSON object with dockerfile, dockerignore, plan and diagnostics",
    doors: ["generate"],
  },
  planOutput: {
    flag: "-o, --output <file>",
    form: "text",
    text: "Write to a file, replacing it",
    doors: ["plan"],
  },
  planJson: {
    flag: "--json",
    form: "switch",
    text: "Print a JSON object (schema/plan.schema.json)",
    doors: ["plan"],
  },
  detect: {
    flag: "--detect",
    form: "switch",
    text: "Run detection on a build engine, and show which buildpacks and image extensions take part and what the others said",
    conflicts: ["graph"],
    doors: ["plan"],
  },
  graph: {
    flag: "--graph <format>",
    form: "text",
    choices: ["mermaid", "svg"],
    text: "Print the stages and their dependencies as a graph",
    conflicts: ["json"],
    doors: ["plan"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** How a project is checked. */
export const checkOptions = {
  strict: { flag: "--strict", form: "switch", text: "Treat warnings as errors", doors: ["check"] },
  offline: {
    flag: "--offline",
    form: "switch",
    text: "Check only project.toml and the flags, without registry access",
    doors: ["check"],
  },
  checkJson: {
    flag: "--json",
    form: "switch",
    text: "Print diagnostics as a JSON list",
    doors: ["check"],
  },
  sarif: {
    flag: "--sarif",
    form: "switch",
    text: "Print diagnostics as SARIF 2.1.0, for code scanners",
    conflicts: ["json"],
    doors: ["check"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** How an image is rebased. */
export const rebaseOptions = {
  newRunImage: {
    flag: "--run-image <image>",
    form: "text",
    text: "Run image (default: the one recorded in the image)",
    doors: ["rebase"],
  },
  rebasedTag: {
    flag: "-t, --tag <name>",
    form: "list",
    text: "Push the result to this tag and leave NAME unchanged (can be repeated)",
    doors: ["rebase"],
  },
  onlyCheck: {
    flag: "--check",
    form: "switch",
    text: "Report for each platform whether a newer run image exists, without pushing",
    conflicts: ["tag"],
    doors: ["rebase"],
  },
  exitCode: {
    flag: "--exit-code",
    form: "switch",
    text: "Same as --check, and exit with 3 if a newer run image exists",
    conflicts: ["tag"],
    implies: ["check"],
    doors: ["rebase"],
  },
  forceRebase: {
    flag: "--force",
    form: "switch",
    text: "Rebase even if the run image may be incompatible, with a warning",
    doors: ["rebase"],
  },
  rebaseJson: {
    flag: "--json",
    form: "switch",
    text: "Print a JSON object (schema/rebase.schema.json)",
    doors: ["rebase"],
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
