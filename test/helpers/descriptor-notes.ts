import type { JsonSchema } from "@valibot/to-json-schema";

/** What a key is for, and what its value has to be beside its type. */
export interface Note extends JsonSchema {
  readonly description: string;
}

type Notes = Readonly<Record<string, Note>>;

/** What a value has to be, beside its type. */
type Rules = Omit<JsonSchema, "description">;

/** What a file's name on the builder can be; that it has at most 255 bytes is told only as far as characters go. */
const fileName = { pattern: "^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f]*$", maxLength: 255 };
const fileNameWithoutSlash = { pattern: "^(?!\\.{1,2}$)[^/\\u0000-\\u001f\\u007f]*$", maxLength: 255 };
const variableName = { pattern: "^(?!\\.{1,2}$)[^=/\\u0000-\\u001f\\u007f]+$", maxLength: 255 };
const bindingKey = {
  pattern: "^(?!\\.\\.)(?!\\.$)(?=.{1,253}$)([-._a-zA-Z0-9]+|[a-z0-9]+:[0-9a-fA-F]+)$",
};
const declaredName = { pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$" };

/** At least one of the keys, and not as an empty text. */
function anyOf(...keys: readonly string[]): Rules {
  return { anyOf: keys.map((key) => ({ required: [key], properties: { [key]: { minLength: 1 } } })) };
}

const notBothLists = { not: { required: ["include", "exclude"] } };

const entryRules: Rules = {
  allOf: [
    anyOf("id", "uri"),
    {
      not: { required: ["uri", "version"], properties: { uri: { minLength: 1 }, version: { minLength: 1 } } },
    },
    {
      if: {
        required: ["script"],
        properties: {
          uri: { maxLength: 0 },
          script: { type: "object", required: ["inline"], properties: { inline: { minLength: 1 } } },
        },
      },
      // biome-ignore lint/suspicious/noThenProperty: JSON schema's own word
      then: {
        properties: {
          id: fileName,
          version: fileNameWithoutSlash,
          script: {
            required: ["api"],
            properties: { api: { minLength: 1 }, shell: { pattern: "^(?:/|$)" } },
          },
        },
      },
    },
  ],
};

/** A list of buildpacks at `path`. */
function group(path: string, description: string): Notes {
  return {
    [path]: { description },
    [`${path}[]`]: {
      description: "A buildpack from the builder, from another source, or a script.",
      ...entryRules,
    },
    [`${path}[].id`]: { description: "ID of a buildpack in the builder, or of the script." },
    [`${path}[].version`]: { description: "Version. Optional if the builder has exactly one." },
    [`${path}[].uri`]: {
      description:
        "Location of the buildpack: `from=builder`, `urn:cnb:builder:ID`, `urn:cnb:registry:NAMESPACE/NAME`, a path, `https://…`, `docker://…`. Cannot be combined with `version`.",
    },
    [`${path}[].script`]: { description: "Inline script that acts as a buildpack." },
    [`${path}[].script.api`]: { description: "Buildpack API version of the script, for example 0.10." },
    [`${path}[].script.shell`]: { description: "Shell that runs the script. Default: /bin/sh." },
    [`${path}[].script.inline`]: { description: "Text of the script." },
    [`${path}[].exec-env`]: {
      description: "Execution environments that use the buildpack. Default: all.",
    },
    [`${path}[].exec-env[]`]: { description: "Name of an execution environment, or `*` for all." },
  };
}

const variableRules = { name: variableName, value: { pattern: "^[^\\u0000]*$" } };

/** The old misspelling counts, and its entries are looked at, only where the right key is absent. */
const misspeltVariables: Rules = {
  if: { not: { required: ["build"], properties: { build: { required: ["env"] } } } },
  // biome-ignore lint/suspicious/noThenProperty: JSON schema's own word
  then: { properties: { env: { properties: { build: { items: { properties: variableRules } } } } } },
};

/** A list of build-time variables at `path`. */
function variables(
  path: string,
  description: string,
  rules: Readonly<Record<"name" | "value", Rules>>,
): Notes {
  return {
    [path]: { description },
    [`${path}[]`]: { description: "A build-time variable." },
    [`${path}[].name`]: { description: "Name of the variable.", ...rules.name },
    [`${path}[].value`]: { description: "Value, used byte for byte.", ...rules.value },
    [`${path}[].exec-env`]: {
      description: "Execution environments that use the variable. Default: all.",
    },
    [`${path}[].exec-env[]`]: { description: "Name of an execution environment, or `*` for all." },
  };
}

/** What identifies a project, at `path`. */
function project(path: string): Notes {
  return {
    [`${path}.id`]: { description: "ID of the project. The cache ID is derived from it." },
    [`${path}.name`]: { description: "Display name of the project." },
    [`${path}.version`]: { description: "Version of the project." },
    [`${path}.authors`]: { description: "Authors of the project." },
    [`${path}.authors[]`]: { description: "An author." },
    [`${path}.documentation-url`]: { description: "URL of the documentation." },
    [`${path}.source-url`]: { description: "URL of the source." },
    [`${path}.licenses`]: { description: "Licenses of the project." },
    [`${path}.licenses[]`]: { description: "A license, by type or URL.", ...anyOf("type", "uri") },
    [`${path}.licenses[].type`]: { description: "SPDX identifier, for example Apache-2.0." },
    [`${path}.licenses[].uri`]: { description: "URL of the license text." },
  };
}

/** What the build is made with, at `path`. In: rules beside the common ones. */
function build(path: string, rules: Rules = {}): Notes {
  return {
    [path]: { description: "How the app is built.", ...notBothLists, ...rules },
    [`${path}.builder`]: { description: "Builder image. `--builder` overrides it." },
    [`${path}.include`]: {
      description: "Files of the source that buildpacks see. Cannot be combined with `exclude`.",
    },
    [`${path}.include[]`]: { description: "Pattern, similar to .gitignore. `!` negates it." },
    [`${path}.exclude`]: {
      description: "Files of the source that buildpacks do not see. Cannot be combined with `include`.",
    },
    [`${path}.exclude[]`]: { description: "Pattern, similar to .gitignore. `!` negates it." },
  };
}

const ownTable: Notes = {
  "": { description: "Project descriptor." },
  io: { description: "Tables of buildpacks and tools, by reverse domain name." },
  "io.github": { description: "Tables of tools on GitHub." },
  "io.github.cnb-dockerfile": {
    description:
      "Settings of cnb-dockerfile, and the names of secrets that a build needs. Values of secrets are not stored in the file.",
  },
  "io.github.cnb-dockerfile.secrets": {
    description: "Build-time variables whose values are BuildKit secrets with the same ID.",
  },
  "io.github.cnb-dockerfile.secrets[]": { description: "Name of the variable.", ...declaredName },
  "io.github.cnb-dockerfile.ssh": {
    description: "ID of the SSH agent for the buildpacks, as in `docker buildx build --ssh ID`.",
    ...declaredName,
  },
  "io.github.cnb-dockerfile.keep-modes": {
    description:
      "Keep the file modes of the source. Default: false, so that every clone produces the same image.",
  },
  "io.github.cnb-dockerfile.workspace-mode": {
    description: "File mode of /workspace when buildpacks start, in octal. Default: 0777, as in pack.",
    pattern: "^(?:0|0?[1-7])?7[0-7]{2}$",
  },
  "io.github.cnb-dockerfile.bindings": { description: "Service bindings." },
  "io.github.cnb-dockerfile.bindings[]": {
    description: "A service binding. Each key is the BuildKit secret NAME.KEY.",
  },
  "io.github.cnb-dockerfile.bindings[].name": { description: "Name of the binding.", ...declaredName },
  "io.github.cnb-dockerfile.bindings[].type": {
    description: "Type of the binding, for example postgresql.",
    ...declaredName,
  },
  "io.github.cnb-dockerfile.bindings[].keys": { description: "Names of the binding's files." },
  "io.github.cnb-dockerfile.bindings[].keys[]": { description: "Name of a file.", ...bindingKey },
};

/** Notes on schema 0.1. */
export const notes01: Notes = {
  ...ownTable,
  _: { description: "About this file." },
  "_.schema-version": { description: "Schema version of this file. Default: 0.1." },
  project: { description: "About the project." },
  ...project("project"),
  ...build("build"),
  ...withoutExecEnv(group("build.buildpacks", "Buildpacks to use instead of the builder's order.")),
  ...withoutExecEnv(variables("build.env", "Build-time variables.", variableRules)),
  metadata: { description: "Anything." },
};

/** Notes on schemas 0.2 and 0.3. */
export const notes02: Notes = {
  ...ownTable,
  _: { description: "About this file and the project." },
  "_.schema-version": { description: "Schema version of this file." },
  ...project("_"),
  "_.metadata": { description: "Anything." },
  ...build("io.buildpacks", misspeltVariables),
  ...group("io.buildpacks.group", "Buildpacks to use instead of the builder's order."),
  "io.buildpacks.pre": { description: "Buildpacks to add before each of the builder's groups." },
  ...group("io.buildpacks.pre.group", "Buildpacks to add before each of the builder's groups."),
  "io.buildpacks.post": { description: "Buildpacks to add after each of the builder's groups." },
  ...group("io.buildpacks.post.group", "Buildpacks to add after each of the builder's groups."),
  "io.buildpacks.build": { description: "Input of the build phase." },
  ...variables("io.buildpacks.build.env", "Build-time variables.", variableRules),
  "io.buildpacks.env": { description: "Old misspelling of `build`." },
  ...variables("io.buildpacks.env.build", "Old misspelling of `build.env`, used if that is absent.", {
    name: {},
    value: {},
  }),
};

/** Schema 0.1 has no execution environments. */
function withoutExecEnv(notes: Notes): Notes {
  return Object.fromEntries(Object.entries(notes).filter(([path]) => !path.includes("exec-env")));
}
