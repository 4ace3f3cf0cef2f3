import { error, warning } from "../entry.ts";

/** Faults of the options that decide how to build. */
export const planCatalog = {
  "plan/tool-image-place": error<{ text: string }>({
    summary: "The image for Syft or Grype is not in a registry",
    message: ({ text }) => `${JSON.stringify(text)} is not an image in a registry.`,
    hint: () =>
      "Name an image in a registry. To use another one in its place, add `--build-context NAME=oci-layout://PATH`.",
  }),
  "plan/bad-database-address": error<{ text: string }>({
    summary: "The address of a vulnerability database is invalid",
    message: ({ text }) => `${JSON.stringify(text)} is not the address of a vulnerability database.`,
    hint: () =>
      "Use the address of Grype's list, for example https://mirror.example/databases/v6/latest.json. For a database on this machine, use `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/database-with-password": error({
    summary: "The address of a vulnerability database contains a password",
    message: () => "The address of the vulnerability database contains a user name or a password.",
    hint: () =>
      "It would be written into the Dockerfile. Download the database and pass it: `--build-context vulnerability-db=DIRECTORY`.",
  }),
  "plan/bad-scan-config": error<{ text: string }>({
    summary: "The Grype configuration is not a file in the project",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid path for the Grype configuration.`,
    hint: () =>
      "Use a path in the project's directory, for example `security/grype.yaml`, of letters, digits, `.`, `_`, `-` and `/`. Pass any other file to the build: `build --scan-config FILE`, `--build-context scan-config=DIRECTORY`.",
  }),
  "plan/bad-workspace-mode": error<{ text: string }>({
    summary: "The mode of the app's directory does not work with buildpacks",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid mode for /workspace.`,
    hint: () =>
      "Write three or four octal digits that give the owner, who runs the buildpacks, all permissions: `0755`, `0775`, `1777` or `0700`.",
  }),
  "plan/bad-max-age": error<{ text: string }>({
    summary: "The maximum age of a vulnerability database is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid age for a vulnerability database.`,
    hint: () => "Write a number and a unit: `120h` or `5d`.",
  }),
  "plan/bad-sbom-format": error<{ text: string; formats: readonly string[] }>({
    summary: "The SBOM format does not exist",
    message: ({ text }) => `There is no format ${JSON.stringify(text)} for \`sbom.json\`.`,
    hint: ({ formats }) => `Use one of ${formats.join(", ")}.`,
  }),
  "plan/secret-reserved": error<{ id: string }>({
    summary: "A project declares a secret that BuildKit itself uses",
    message: ({ id }) =>
      `The project declares the secret ${JSON.stringify(id)}, which BuildKit uses to log in to a server. A project cannot request it.`,
    hint: ({ id }) =>
      /^[A-Za-z0-9_]+$/.test(id)
        ? `Use another id in the project. To pass this secret to the buildpacks, declare it yourself: \`build --env ${id}\`, \`generate --secret ${id}\` or \`--build-arg CNB_SECRETS=${id}\`.`
        : "Use another name for the binding, or declare the binding yourself with `--binding NAME=TYPE:KEY`.",
  }),
  "plan/secret-twice": error<{ id: string }>({
    summary: "Two secrets have the same id",
    message: ({ id }) => `The secret id ${JSON.stringify(id)} is already in use.`,
    hint: () =>
      "The id of a variable is its name, that of a binding NAME.KEY, that of the CA bundle `ca-cert`; with an ssh agent, `SSH_AUTH_SOCK` is taken too. Rename one of the two.",
  }),
  "plan/binding-key-type": error({
    summary: "A binding has a key named `type`",
    message: () => "A binding cannot have a key `type`: a file of that name holds the binding's type.",
    hint: () => "Remove it from the keys.",
  }),
  "plan/volume-target": error<{ target: string; reason: string }>({
    summary: "A volume cannot be mounted at a path",
    message: ({ target, reason }) => `A volume cannot be mounted at ${JSON.stringify(target)}: ${reason}.`,
    hint: () =>
      "Use a directory of its own, for example `--volume ./data:/opt/data` or `--volume m2:/home/cnb/.m2:rw`. Put files that the running app needs into the app.",
  }),
  "plan/exec-env-ignored": warning<{ execEnv: string; platformApi: string }>({
    summary: "The lifecycle does not support execution environments",
    message: ({ execEnv, platformApi }) =>
      `Platform API ${platformApi} has no execution environments: ${JSON.stringify(execEnv)} selects entries of project.toml, but the buildpacks do not see it.`,
    hint: () => "Use a builder whose lifecycle supports Platform API 0.15.",
  }),
  "plan/bad-cache-id": error<{ cacheId: string }>({
    summary: "A cache id has invalid characters",
    message: ({ cacheId }) => `${JSON.stringify(cacheId)} is not a valid cache id.`,
    hint: () => "Use up to 128 letters, digits, dots, dashes and underscores; begin with a letter or digit.",
  }),
  "plan/bad-secrets-version": error<Record<never, never>>({
    summary: "A version of the secrets has invalid characters",
    message: () => "The version of the secrets is not valid. Its value is not shown, in case it is a secret.",
    hint: () =>
      "Use up to 128 letters, digits and `.`, `_`, `-`, `:`, `+`, for example a date. It is stored in the image's provenance, so never use a secret or a plain hash of one.",
  }),
  "plan/bad-cache-image": error<{ text: string }>({
    summary: "The name of a cache image is not valid",
    message: ({ text }) => `${JSON.stringify(text)} is not the name of an image to keep a cache in.`,
    hint: () => "Name an image in a registry, without a digest: `registry.example/app-cache:main`.",
  }),
  "plan/bad-cache-scope": error<{ text: string }>({
    summary: "A cache scope is malformed",
    message: ({ text }) => `${JSON.stringify(text)} is not a valid cache scope.`,
    hint: () =>
      "Write `NAME`, or `NAME:BASE` to also read the cache of the scope BASE, for example `pr-7:main`. Names have up to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit.",
  }),
  "plan/cache-scope-base": warning<{ own: string; base: string }>({
    summary: "BuildKit alone does not read the cache of a second scope",
    message: ({ own, base }) =>
      `The Dockerfile uses the cache scope ${own}. When plain BuildKit builds it, it does not read the cache of ${base}.`,
    hint: ({ own, base }) =>
      `Build it with \`cnb-dockerfile build --cache-scope ${own}:${base}\`, or with the frontend (\`--syntax\`) and ` +
      `\`--build-arg CNB_CACHE_SCOPE=${own}:${base}\`.`,
  }),
  "plan/cache-id-unplaced": warning<{ id: string }>({
    summary: "The project's id does not name its cache, because its origin is unknown",
    message: ({ id }) =>
      `The origin of this project is unknown, so its id ${JSON.stringify(id)} does not name its cache. This build starts with an empty cache.`,
    hint: () =>
      "Any project can choose that id. Build from a git URL or a clone, or name the cache yourself with `--cache-scope NAME` (CNB_CACHE_SCOPE) or `--cache-id ID`.",
  }),
  "plan/cache-id-unknown": warning<{ id: string }>({
    summary: "The project has no id, so its cache has a generated one",
    message: ({ id }) =>
      `This project has no id and no git remote, so its build cache uses an id generated for this file: ${id}.`,
    hint: () =>
      'To keep the cache when you generate the file again, add `id = "…"` to the table `[_]`, or pass `--cache-id`.',
  }),
};
