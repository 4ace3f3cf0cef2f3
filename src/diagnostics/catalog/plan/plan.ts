import { error, warning } from "../entry.ts";

/** Faults of the options that decide how to build. */
export const planCatalog = {
  "plan/tool-image-place": error<{ text: string }>({
    summary: "An image of a tool is named by a place that a Dockerfile cannot name",
    message: ({ text }) => `${JSON.stringify(text)} is no image of a registry.`,
    hint: () =>
      "Name an image of a registry, and say with `--build-context NAME=oci-layout://PATH` what stands for it.",
  }),
  "plan/bad-database-address": error<{ text: string }>({
    summary: "The address of a vulnerability database is none",
    message: ({ text }) => `${JSON.stringify(text)} is no address of a vulnerability database.`,
    hint: () =>
      "It is that of Grype's list, as https://mirror.example/databases/v6/latest.json. A database on this machine is " +
      "handed over: `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/database-with-password": error({
    summary: "The address of a vulnerability database has a password in it",
    message: () => "The address of the vulnerability database has a user name or a password in it.",
    hint: () =>
      "It would stand in the Dockerfile. Download the database and hand it over: `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/bad-scan-config": error<{ text: string }>({
    summary: "The scanner's settings are no file of the project",
    message: ({ text }) => `${JSON.stringify(text)} cannot be the path of the scanner's settings.`,
    hint: () =>
      "It is a path below the project's directory, as `security/grype.yaml`, of letters, digits, `.`, `_`, `-` and `/`. A file " +
      "that lies elsewhere is given to the build: `build --scan-config FILE`, `--build-context scan-config=DIRECTORY`.",
  }),
  "plan/bad-workspace-mode": error<{ text: string }>({
    summary: "The mode of the app's directory is not one that buildpacks can work with",
    message: ({ text }) => `${JSON.stringify(text)} cannot be the mode of /workspace.`,
    hint: () =>
      "Write three or four octal digits that give the owner, who runs the buildpacks, all rights: `0755`, `0775`, `1777` or `0700`.",
  }),
  "plan/bad-max-age": error<{ text: string }>({
    summary: "The age of a vulnerability database is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is no age that a vulnerability database can have.`,
    hint: () => "Write a number and a unit: `120h` or `5d`.",
  }),
  "plan/bad-sbom-format": error<{ text: string; formats: readonly string[] }>({
    summary: "There is no such format for a bill of materials",
    message: ({ text }) => `There is no format ${JSON.stringify(text)} for \`sbom.json\`.`,
    hint: ({ formats }) => `It is one of ${formats.join(", ")}.`,
  }),
  "plan/secret-reserved": error<{ id: string }>({
    summary: "A project declares a secret that BuildKit itself reads",
    message: ({ id }) =>
      `The project declares the secret ${JSON.stringify(id)}, which BuildKit uses to log in at a server. A project cannot ask for it.`,
    hint: ({ id }) =>
      /^[A-Za-z0-9_]+$/.test(id)
        ? `Use another id in the project. To give this one to the buildpacks, declare it yourself: \`build --env ${id}\`, \`generate --secret ${id}\` or \`--build-arg CNB_SECRETS=${id}\`.`
        : "Use another name for the binding, or declare the binding yourself with `--binding NAME=TYPE:KEY`.",
  }),
  "plan/secret-twice": error<{ id: string }>({
    summary: "Two secrets would have the same id",
    message: ({ id }) => `The secret id ${JSON.stringify(id)} is used for something else already.`,
    hint: () =>
      "A variable's id is its name, a binding's NAME.KEY, that of the CA bundle `ca-cert`; where an ssh agent is declared, " +
      "the variable `SSH_AUTH_SOCK` leads to it. Give one another name.",
  }),
  "plan/binding-key-type": error({
    summary: "A binding has a key named `type`",
    message: () => "A binding cannot have a key `type`: a file of that name holds the binding's type.",
    hint: () => "Leave it out of the keys.",
  }),
  "plan/volume-target": error<{ target: string; reason: string }>({
    summary: "A volume cannot be at a path",
    message: ({ target, reason }) => `No volume can be at ${JSON.stringify(target)}: ${reason}.`,
    hint: () =>
      "Choose a directory of its own, as in `--volume ./data:/opt/data` or `--volume m2:/home/cnb/.m2:rw`. What the app needs when it runs belongs into the app.",
  }),
  "plan/exec-env-ignored": warning<{ execEnv: string; platformApi: string }>({
    summary: "The execution environment is not known to the lifecycle",
    message: ({ execEnv, platformApi }) =>
      `Platform API ${platformApi} has no execution environments: ${JSON.stringify(execEnv)} chooses among the entries of project.toml, and buildpacks do not learn of it.`,
    hint: () => "Use a builder whose lifecycle speaks Platform API 0.15.",
  }),
  "plan/bad-cache-id": error<{ cacheId: string }>({
    summary: "A cache id has characters that it cannot have",
    message: ({ cacheId }) => `${JSON.stringify(cacheId)} cannot be a cache id.`,
    hint: () => "Up to 128 letters, digits, dots, dashes and underscores; the first a letter or digit.",
  }),
  "plan/bad-cache-scope": error<{ text: string }>({
    summary: "A cache scope is not one name, or two with a colon between",
    message: ({ text }) => `${JSON.stringify(text)} is not a cache scope.`,
    hint: () =>
      "Write `NAME`, or `NAME:BASE` to also read the cache of the scope BASE. A name has up to 64 letters, digits, dots, " +
      "dashes and underscores, and begins with a letter or digit: `pr-7:main`.",
  }),
  "plan/cache-scope-base": warning<{ own: string; base: string }>({
    summary: "A generated Dockerfile does not read the cache of a second scope by itself",
    message: ({ own, base }) =>
      `The Dockerfile uses the cache scope ${own}. It does not read the cache of ${base} when BuildKit builds it alone.`,
    hint: ({ own, base }) =>
      `Build it with \`cnb-dockerfile build --cache-scope ${own}:${base}\`, or with our frontend (\`--syntax\`) and ` +
      `\`--build-arg CNB_CACHE_SCOPE=${own}:${base}\`.`,
  }),
  "plan/cache-id-unplaced": warning<{ id: string }>({
    summary: "A project's own id cannot name its cache, because its origin is unknown",
    message: ({ id }) =>
      `The origin of this project is unknown, so its id ${JSON.stringify(id)} does not name its cache: this build starts ` +
      "with an empty one.",
    hint: () =>
      "Any project can choose that id. Build from a git URL or a clone, or name the cache yourself: " +
      "`--cache-scope NAME` (variable CNB_CACHE_SCOPE) or `--cache-id ID`.",
  }),
  "plan/cache-id-unknown": warning<{ id: string }>({
    summary: "Nothing tells this project from others, so its cache has an id made up for this file",
    message: ({ id }) =>
      `This project has no id and no git remote, so its build cache is kept under an id made for this file: ${id}.`,
    hint: () =>
      'To keep the cache when the file is made again, add `id = "…"` to the table `[_]`, or pass `--cache-id`.',
  }),
};
