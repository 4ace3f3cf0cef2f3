import fc from "fast-check";
import type { DescriptorText } from "../../src/descriptor/descriptor.ts";
import type { ImageConfig } from "../../src/image/image-config.ts";
import type { ImageSource } from "../../src/image/image-source.ts";
import type { Platform } from "../../src/image/platform.ts";
import { formatPlatform } from "../../src/image/platform.ts";
import type {
  DownloadedModule,
  FoundModule,
  LocalModule,
  ModuleSource,
} from "../../src/modules/module-source.ts";
import type { GitPlace } from "../../src/plan/options.ts";
import { hostile } from "./hostile.ts";

/**
 * Everything that one run of the compiler can be given: what a user could have written, and what a registry could have
 * answered. Every text in it is a hostile one, but for what a field does not take at all.
 */
export interface HostileProject {
  /** Hostile texts in it; each has a place of its own. */
  readonly texts: number;
  /** The place whose text is not even one that the place takes: it may be refused. Absent: nothing may be. */
  readonly wild?: Place;
  readonly descriptor: DescriptorText;
  readonly descriptorPath?: string;
  /** Arguments of `generate`. */
  readonly words: readonly string[];
  /** Text for a file that `--env-file` names. */
  readonly envFile: string;
  /** A directory that `--volume` names. */
  readonly volume: Volume;
  readonly images: ImageSource;
  readonly modules: ModuleSource;
  readonly git?: GitPlace;
  /** A Dockerfile made before, of which only the comment counts. */
  readonly earlierFile: string;
  /** Stands in for the export program, where the Dockerfile holds that. */
  readonly program: string;
  /** What run image and build give to who asks for it. */
  readonly imagePath: string;
  readonly arrives: Arrival;
}

export interface Volume {
  readonly target: string;
  /** Name to text. */
  readonly files: ReadonlyMap<string, string>;
}

/** What has to arrive, told from the inputs alone. */
export interface Arrival {
  /** Build-time variables, name to value. */
  readonly env: ReadonlyMap<string, string>;
  /** Inline scripts, path to text. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly filter: { readonly kind: "include" | "exclude"; readonly patterns: readonly string[] };
  /** Secrets that detect and build see, id to path. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Types of bindings, by name. */
  readonly bindings: ReadonlyMap<string, string>;
  /** Name of the process that the image starts. */
  readonly process: string;
  readonly runImage: string;
  /** Directories with images that a build has to be told of, with the digests of those. */
  readonly layouts: readonly string[];
  /** Where added buildpacks are taken from: paths below the project's directory, addresses. */
  readonly modulePaths: readonly string[];
  readonly moduleUrls: readonly string[];
  /** Groups of the order. */
  readonly order: readonly (readonly Buildpack[])[];
  /** Key path of the unknown key, of which a warning has to tell. */
  readonly unknownKey: string;
}

/**
 * Where a text can stand that is not as free as others, and what a refusal has to name.
 * Those of images are in the images' files, the flags on the command line, the rest in project.toml.
 */
export const places = {
  "builder key": "builder",
  "env name": "env",
  "env value": "env",
  pattern: "clude",
  "buildpack id": "buildpacks",
  "buildpack version": "buildpacks",
  uri: "buildpacks",
  "inline id": "buildpacks",
  "inline version": "buildpacks",
  "inline api": "buildpacks",
  "inline shell": "buildpacks",
  "inline script": "buildpacks",
  "schema version": "schema-version",
  "own secret": "secrets",
  "own binding": "bindings",
  "own binding type": "bindings",
  "own binding key": "bindings",
  "module path": "m/",
  "module archive": "a/",
  "module dependency": "package.toml",
  "module url": "module.example",
  "module image": "buildpacks",
  "module id": "buildpack",
  "module version": "buildpack",
  "module api": "buildpack.toml",
  "registry address": "buildpacks",
  "--builder": "--builder",
  "--run-image": "--run-image",
  "--platform": "--platform",
  "--env": "--env",
  "--build-arg": "--build-arg",
  "--process-type": "--process-type",
  "--default-process": "--process-type",
  "--exec-env": "--exec-env",
  "--secret": "--secret",
  "--binding": "--binding",
  "--volume": "--volume",
  "--run-image-mirror": "mirror",
  "--buildpack": "--buildpack",
  "--pre-buildpack": "--pre-buildpack",
  "--post-buildpack": "--post-buildpack",
  "--platform-api": "--platform-api",
  "--cache-id": "--cache-id",
  "--image": "--image",
  "--node-image": "--node-image",
  "--syntax": "--syntax",
  "earlier cache id": "earlier",
  "builder metadata": "io.buildpacks.builder.metadata",
  "builder run image": "builder.example",
  "builder platform": "builder.example",
  "builder user id": "builder.example",
  "builder group id": "builder.example",
  "lifecycle version": "lifecycle",
  "lifecycle api": "builder.example",
  "order label": "version",
  "layers label": "buildpack",
  extension: "builder.example",
} as const;
export type Place = keyof typeof places;
const placeNames = Object.keys(places) as Place[];

const shapes = fc.record({
  schema: fc.constantFrom("0.1", "0.2", "0.3"),
  platformApi: fc.constantFrom("0.12", "0.15"),
  /** Buildpacks that the builder does not hold. */
  addsModules: fc.boolean(),
  /** One of them is on the builder all the same, and another one there. */
  replaces: fc.boolean(),
  filter: fc.constantFrom("include", "exclude"),
  /** Buildpacks around the builder's order, or in place of it. */
  group: fc.boolean(),
  /** Flags that take the place of the descriptor's. */
  buildpackFlags: fc.constantFrom("none", "group", "around"),
  /** More than thirty files do not stand in the text. */
  scripts: fc.constantFrom(1, 2, 11),
  descriptorInside: fc.boolean(),
  namesDescriptor: fc.boolean(),
  selfContained: fc.boolean(),
  syntax: fc.boolean(),
  keepGit: fc.boolean(),
  caCertificate: fc.boolean(),
  withoutSystem: fc.boolean(),
  /** By flags, though the images say it, too. */
  namesPlatforms: fc.boolean(),
  namesRunImage: fc.boolean(),
  /** A builder that is in no registry. */
  builderInLayout: fc.boolean(),
  usesMirror: fc.boolean(),
  processFlag: fc.constantFrom("--process-type", "--default-process"),
  cacheFrom: fc.constantFrom("id", "git", "flag", "earlier file", "nothing"),
  platforms: fc.constantFrom<readonly Platform[]>(
    [{ os: "linux", architecture: "amd64" }],
    [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm", variant: "v7" },
    ],
  ),
});
type Shape = Readonly<typeof shapes extends fc.Arbitrary<infer Value> ? Value : never>;

/** How many texts a project is made of. Places that are left over are variables. */
const textsEach = 250;

export const hostileProjects: fc.Arbitrary<HostileProject> = fc
  .record({
    texts: fc.array(hostile, { minLength: textsEach, maxLength: textsEach }),
    shape: shapes,
    wild: fc.option(fc.constantFrom(...placeNames), { freq: 4, nil: undefined }),
  })
  .map(({ texts, shape, wild }) => build(new Supply(texts, wild), shape));

/** Hands out the texts, each once. */
class Supply {
  readonly wild: Place | undefined;
  readonly #texts: string[];
  #wildIsOut = false;

  constructor(texts: readonly string[], wild: Place | undefined) {
    this.wild = wild;
    this.#texts = [...texts];
  }

  get left(): number {
    return this.#texts.length;
  }

  /** A text for a place that takes any. */
  any(): string {
    const text = this.#texts.pop();
    if (text === undefined) throw new Error(`a project needs more than ${textsEach} texts`);
    return text;
  }

  /** A text for a place that takes what `tame` makes of it; as it is where that place is the wild one, once. */
  at(place: Place, tame: (text: string) => string): string {
    const text = this.any();
    if (place !== this.wild || this.#wildIsOut) return tame(text);
    this.#wildIsOut = true;
    return text;
  }
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const builderName = "builder.example/acme/builder:24";
const runName = "run.example/acme/run:24";
const mirrorHost = "mirror.example";
const mirrorName = `${mirrorHost}/acme/run:24`;

function build(supply: Supply, shape: Shape): HostileProject {
  const images = buildImages(supply, shape);
  const modules = buildModules(supply, shape);
  const project = buildDescriptor(supply, shape, images, modules);
  const flags = buildFlags(supply, shape, images);
  const descriptorName = `${fileName(supply.any())}.toml`;
  const descriptorFile = shape.descriptorInside ? `conf/${descriptorName}` : `../${descriptorName}`;
  const git: GitPlace | undefined =
    shape.cacheFrom === "git" ? { remote: supply.any(), subdirectory: supply.any() } : undefined;
  const earlier = {
    version: supply.any(),
    arguments: [supply.any()],
    cacheId: supply.at("earlier cache id", () => "app-1"),
  };
  const program = withoutNul(supply.any());
  const rest = Array.from({ length: Math.floor(supply.left / 2) }, (_, index): [string, string] => [
    envName(supply.any(), index),
    withoutNul(supply.any()),
  ]);
  return {
    texts: textsEach - supply.left,
    ...(supply.wild === undefined ? {} : { wild: supply.wild }),
    descriptor: { file: descriptorFile, text: project.text },
    ...(shape.descriptorInside ? { descriptorPath: descriptorFile } : {}),
    words: [
      ...flags.words,
      ...(shape.namesDescriptor ? [`--descriptor=${descriptorFile}`] : []),
      ...rest.map(([name, value]) => `--env=${name}=${value}`),
    ],
    envFile: flags.envFile,
    volume: flags.volume,
    images: images.source,
    modules: modules.source,
    ...(git === undefined ? {} : { git }),
    earlierFile:
      shape.cacheFrom === "earlier file" ? `# cnb-dockerfile-plan: ${JSON.stringify(earlier)}\n` : "",
    program,
    imagePath: images.path,
    arrives: {
      ...project.arrives,
      ...flags.arrives,
      env: new Map([...project.env, ...flags.env, ...rest]),
      secrets: new Map([...project.secrets, ...flags.secrets]),
      bindings: new Map([...project.bindings, ...flags.bindings]),
      runImage: shape.usesMirror && !shape.namesRunImage ? mirrorName : runName,
    },
  };
}

export interface Buildpack {
  readonly id: string;
  readonly version: string;
}

interface Images {
  readonly source: ImageSource;
  /** Buildpacks of the builder. */
  readonly buildpacks: readonly Buildpack[];
  /** Buildpacks of the builder for flags, which take lists. */
  readonly listed: readonly Buildpack[];
  /** The builder's order, one group. */
  readonly order: readonly Buildpack[];
  /** PATH of the run image. */
  readonly path: string;
}

function buildImages(supply: Supply, { platforms, platformApi }: Shape): Images {
  const buildpacks = Array.from(
    { length: 4 },
    (_, index): Buildpack => ({
      id: `${uriPart(supply.any())}/${index}`,
      version: `${uriPart(supply.any())}.${index}`,
    }),
  );
  const listed = Array.from(
    { length: 2 },
    (_, index): Buildpack => ({
      id: `${uriPart(supply.any()).replaceAll(",", "")}/l${index}`,
      version: `${uriPart(supply.any()).replaceAll(",", "")}.${index}`,
    }),
  );
  const order: Buildpack[] = [
    { id: supply.any(), version: `1${supply.any()}` },
    { id: supply.any(), version: supply.at("order label", (text) => `1${text}`) },
  ];
  const label = {
    metadata: {
      description: supply.any(),
      images: [
        {
          image: supply.at("builder run image", () => runName),
          mirrors: [supply.any(), mirrorName],
        },
      ],
      stack: { runImage: { image: supply.any() } },
      lifecycle: {
        version: supply.at("lifecycle version", (text) => `1${withoutNul(text)}`),
        apis: {
          platform: {
            deprecated: [supply.any()],
            supported: [supply.at("lifecycle api", () => platformApi), supply.any()],
          },
        },
      },
    },
    layers: layersLabel([...buildpacks, ...listed, replaced, ...order]),
  };
  const extension = supply.at("extension", () => "");
  const builderLabels = {
    "io.buildpacks.builder.metadata": supply.at("builder metadata", () => JSON.stringify(label.metadata)),
    "io.buildpacks.buildpack.order": JSON.stringify([{ group: order }]),
    "io.buildpacks.buildpack.layers": supply.at("layers label", () => JSON.stringify(label.layers)),
    "io.buildpacks.buildpack.order-extensions":
      extension === "" ? "" : JSON.stringify([{ group: [{ id: extension, version: "1" }] }]),
    [supply.any()]: supply.any(),
  };
  const builder: Omit<ImageConfig, "os" | "architecture"> = {
    env: [
      `CNB_USER_ID=${supply.at("builder user id", () => "1002")}`,
      `CNB_GROUP_ID=${supply.at("builder group id", () => "1000")}`,
      `${envName(supply.any(), 0)}=${supply.any()}`,
    ],
    user: supply.any(),
    labels: builderLabels,
  };
  const path = `/bin${withoutNul(supply.any())}`;
  const run: ImageConfig = {
    os: supply.any(),
    architecture: supply.any(),
    variant: supply.any(),
    env: [`PATH=${path}`, `B=${supply.any()}`],
    user: supply.any(),
    labels: {
      "io.buildpacks.base.id": supply.any(),
      "io.buildpacks.base.distro.name": supply.any(),
      "io.buildpacks.base.distro.version": supply.any(),
      [supply.any()]: supply.any(),
    },
  };
  const inImage = buildpackage(supply, added("image"));
  const configs = new Map<string, Omit<ImageConfig, "os" | "architecture">>([
    ["run.example", run],
    [mirrorHost, run],
    ["package.example", inImage],
  ]);
  const wildOs = supply.at("builder platform", () => "linux");
  const all = platforms.map((platform) => ({ ...platform, os: wildOs }));
  return {
    source: {
      async resolve(reference) {
        const [host = ""] = reference.name.split("/");
        const config = configs.get(host) ?? builder;
        return {
          reference,
          digest,
          available: all,
          images: all.map((platform) => ({
            platform,
            config: { os: "linux", architecture: "amd64", ...config },
          })),
        };
      },
    },
    buildpacks,
    listed,
    order,
    path,
  };
}

/** An added buildpack, by the kind of place that it comes from. */
const added = (place: string): Buildpack => ({ id: `acme/${place}`, version: "1.0.0" });

/** On the builder, too. */
const replaced = added("replaced");

/** Config of a buildpackage. */
function buildpackage(supply: Supply, { id, version }: Buildpack): Omit<ImageConfig, "os" | "architecture"> {
  return {
    env: [],
    user: supply.any(),
    labels: {
      "io.buildpacks.buildpackage.metadata": JSON.stringify({ id, version, homepage: supply.any() }),
      "io.buildpacks.buildpack.layers": JSON.stringify({
        [id]: { [version]: { api: supply.any(), layerDiffID: supply.any() } },
      }),
    },
  };
}

interface Modules {
  readonly source: ModuleSource;
  readonly entries: readonly { readonly uri: string; readonly buildpack: Buildpack }[];
  readonly paths: readonly string[];
  readonly urls: readonly string[];
}

/** Added buildpacks from each kind of place. */
function buildModules(supply: Supply, { addsModules, descriptorInside, replaces }: Shape): Modules {
  const path = supply.at("module path", fileName);
  const archive = supply.at("module archive", fileName);
  const dependency = fileName(supply.any());
  const url = `https://module.example/${supply.at("module url", withoutNul)}`;
  const image = supply.at("module image", () => "package.example/acme/added:1");
  const address = supply.at("registry address", () => `package.example/acme/registered@${digest}`);
  const downloaded = replaces ? replaced : added("download");
  const module = ({ id, version }: Buildpack): Extract<FoundModule, { kind: "buildpack" }> => ({
    kind: "buildpack",
    buildpackToml: [
      `api = ${toml(supply.at("module api", () => "0.10"))}`,
      "[buildpack]",
      `id = ${toml(supply.at("module id", () => id))}`,
      `version = ${toml(supply.at("module version", () => version))}`,
      `name = ${toml(supply.any())}`,
      `[[targets]]\n[metadata]\n${toml(supply.any())} = ${toml(supply.any())}\n`,
    ].join("\n"),
  });
  const uses = supply.at("module dependency", () => `../../d/${dependency}`);
  // What a composite needs comes after it.
  const local: readonly (readonly [string, LocalModule])[] = [
    [
      `conf/m/${path}`,
      {
        form: "directory",
        module: {
          ...module(added("directory")),
          packageToml: `[buildpack]\nuri = ${toml(supply.any() || ".")}\n[[dependencies]]\nuri = ${toml(uses)}\n`,
        },
      },
    ],
    [`conf/d/${dependency}`, { form: "directory", module: module(added("dependency")) }],
    [
      `conf/a/${archive}`,
      {
        form: "archive",
        module: {
          kind: "buildpackage",
          configs: [{ os: "linux", architecture: "amd64", ...buildpackage(supply, added("archive")) }],
        },
      },
    ],
  ];
  // Beside a descriptor outside the project there is nothing of the project's.
  const places = new Map(addsModules && descriptorInside ? local : []);
  const download: DownloadedModule = { digest, module: module(downloaded) };
  return {
    source: {
      local: async (asked) => places.get(asked),
      download: async () => download,
      lookUp: async () => ({ version: "1.0.0", yanked: false, address }),
    },
    entries: [
      ...(places.size > 0
        ? [
            { uri: `./m/${path}`, buildpack: added("directory") },
            { uri: `./a/${archive}`, buildpack: added("archive") },
          ]
        : []),
      ...(addsModules
        ? [
            { uri: url, buildpack: downloaded },
            { uri: `docker://${image}`, buildpack: added("image") },
            { uri: "urn:cnb:registry:acme/registered", buildpack: added("image") },
          ]
        : []),
    ],
    paths: [...places.keys()],
    urls: addsModules ? [url] : [],
  };
}

interface Descriptor {
  readonly text: string;
  readonly env: readonly (readonly [string, string])[];
  readonly secrets: readonly (readonly [string, string])[];
  readonly bindings: readonly (readonly [string, string])[];
  readonly arrives: Pick<
    Arrival,
    "scripts" | "filter" | "order" | "unknownKey" | "modulePaths" | "moduleUrls"
  >;
}

function buildDescriptor(
  supply: Supply,
  shape: Shape,
  { buildpacks, listed: byFlag, order }: Images,
  modules: Modules,
): Descriptor {
  const old = shape.schema === "0.1";
  const at = old ? "build" : "io.buildpacks";
  const project = old ? "project" : "_";
  const scripts = Array.from({ length: shape.scripts }, (_, index) => ({
    id: supply.at("inline id", (text) => `${part(text)}/${index}`),
    version: supply.at("inline version", (text) => `${part(text)}.${index}`.replaceAll("/", "_")),
    api: supply.at("inline api", (text) => `0.1${text}`),
    shell: supply.at("inline shell", (text) => `/${text}`),
    script: supply.at("inline script", (text) => `x${text}`),
  }));
  const named = buildpacks.slice(0, 2).map(({ id, version }) => ({
    id: supply.at("buildpack id", () => id),
    version: supply.at("buildpack version", () => version),
  }));
  const byUri = buildpacks
    .slice(2)
    .map(({ id, version }) => supply.at("uri", () => `urn:cnb:builder:${id}@${version}`));
  const patterns = Array.from({ length: 8 }, () => supply.at("pattern", withoutNul));
  const env = Array.from({ length: 6 }, (_, index) => ({
    name: supply.at("env name", (text) => envName(text, index)),
    value: supply.at("env value", withoutNul),
  }));
  const unknownKey = supply.any().toWellFormed();
  // Takes no part, as the flag names another environment.
  const foreign = `[[${at}.build.env]]\nname = "foreign"\nvalue = ${toml(withoutNul(supply.any()))}\nexec-env = ["foreign"]`;
  const execEnv = () => (shape.schema === "0.3" ? `exec-env = [${toml(supply.any())}, "*"]` : "");
  const group = [
    ...scripts.map(
      ({ id, version, api, shell, script }) =>
        `id = ${toml(id)}\nversion = ${toml(version)}\n[TABLE.script]\napi = ${toml(api)}\nshell = ${toml(shell)}\ninline = ${toml(script)}`,
    ),
    ...named.map(({ id, version }) => `id = ${toml(id)}\nversion = ${toml(version)}\n${execEnv()}`),
    ...[...byUri, ...modules.entries.map(({ uri }) => uri)].map((uri) => `uri = ${toml(uri)}`),
  ];
  const inGroup = old || shape.group;
  const table = old ? `${at}.buildpacks` : inGroup ? `${at}.group` : `${at}.pre.group`;
  const text = [
    "[_]",
    `schema-version = ${toml(supply.at("schema version", () => shape.schema))}`,
    ...(old ? [`[${project}]`] : []),
    ...(shape.cacheFrom === "id" ? [`id = ${toml(`i${supply.any()}`)}`] : []),
    ...["name", "version", "documentation-url", "source-url"].map((key) => `${key} = ${toml(supply.any())}`),
    `authors = [${toml(supply.any())}, ${toml(supply.any())}]`,
    `${toml(unknownKey)} = ${toml(supply.any())}`,
    `[[${project}.licenses]]`,
    `type = ${toml(`l${supply.any()}`)}`,
    `uri = ${toml(supply.any())}`,
    `[${old ? "metadata" : "_.metadata"}]`,
    `${toml(supply.any())} = ${multiLine(supply.any())}`,
    "[com.example]",
    `${toml(supply.any())} = ${multiLine(supply.any())}`,
    `# ${comment(supply.any())}`,
    `[${at}]`,
    `builder = ${toml(supply.at("builder key", () => builderName))}`,
    `${shape.filter} = [${patterns.map(toml).join(", ")}]`,
    ...env.map(
      ({ name, value }) =>
        `[[${at}${old ? "" : ".build"}.env]]\nname = ${toml(name)}\nvalue = ${toml(value)}\n${execEnv()}`,
    ),
    ...(shape.schema === "0.3" ? [foreign] : []),
    ...group.map((entry) => `[[${table}]]\n${entry.replace("TABLE", table)}`),
    "",
  ].join("\n");

  const own = buildOwnTable(supply);
  const fromModules = modules.entries.map(({ buildpack }) => buildpack);
  const listed = [...scripts, ...buildpacks, ...fromModules].map(({ id, version }) => ({ id, version }));
  const [first, last] = byFlag;
  const flagsCount = shape.buildpackFlags === "group" || (shape.buildpackFlags === "around" && !inGroup);
  const chosen = {
    // Each pre entry is put in front of the ones before it.
    none: inGroup ? listed : [...listed.toReversed(), ...order],
    group: byFlag,
    around: inGroup ? listed : [first, ...order, last].filter((buildpack) => buildpack !== undefined),
  }[shape.buildpackFlags];
  return {
    text: `${text}${own.text}`,
    secrets: own.secrets,
    bindings: own.bindings,
    env: env.map(({ name, value }) => [name, value] as const),
    arrives: {
      scripts: new Map(
        (flagsCount ? [] : scripts).map(({ id, version, shell, script }) => [
          `/cnb/buildpacks/${id.replaceAll("/", "_")}/${version}/bin/build`,
          `#!${shell}\n\n${script}${script.endsWith("\n") ? "" : "\n"}`,
        ]),
      ),
      filter: { kind: shape.filter, patterns },
      order: [chosen],
      modulePaths: flagsCount ? [] : modules.paths,
      moduleUrls: flagsCount ? [] : modules.urls,
      unknownKey: `${project}.${unknownKey}`,
    },
  };
}

interface Declared {
  /** Ids and paths. */
  readonly secrets: readonly (readonly [string, string])[];
  /** Names and types. */
  readonly bindings: readonly (readonly [string, string])[];
}

/** Our own table: names of what is secret. */
function buildOwnTable(supply: Supply): Declared & { readonly text: string } {
  const secret = supply.at("own secret", (text) => `T${declaredName(text)}`);
  const name = supply.at("own binding", (text) => `c${declaredName(text)}`);
  const type = supply.at("own binding type", (text) => `t${declaredName(text)}`);
  const key = supply.at("own binding key", (text) => `.k${declaredName(text)}`);
  return {
    text: [
      "[io.github.cnb-dockerfile]",
      `secrets = [${toml(secret)}]`,
      "[[io.github.cnb-dockerfile.bindings]]",
      `name = ${toml(name)}`,
      `type = ${toml(type)}`,
      `keys = [${toml(key)}]\n`,
    ].join("\n"),
    secrets: [secretVariable(secret), bindingKey(name, key)],
    bindings: [[name, type]],
  };
}

interface Flags extends Declared {
  readonly words: readonly string[];
  readonly envFile: string;
  readonly volume: Volume;
  readonly env: readonly (readonly [string, string])[];
  readonly arrives: Pick<Arrival, "process" | "layouts">;
}

function buildFlags(supply: Supply, shape: Shape, { listed }: Images): Flags {
  const flag = (name: Place, usual: string) => `${name}=${supply.at(name, () => usual)}`;
  const wildOnly = (...names: readonly Place[]) =>
    names.filter((name) => name === supply.wild).map((name) => flag(name, ""));
  const name = (prefix: string) => `${prefix}${declaredName(supply.any())}`;
  const variables = (prefix: string, value: (text: string) => string) =>
    Array.from(
      { length: 3 },
      (_, index) => [`${prefix}${envName(supply.any(), index)}`, value(supply.any())] as const,
    );
  const inFile = variables("F", (text) => withoutNul(text).replaceAll("\n", " ").trimEnd());
  const byFlag = variables("E", withoutNul);
  const byArgument = variables("B", withoutNul);
  const secrets = { flag: name("S"), env: name("V"), argument: name("W"), file: name("X") };
  const binding = { name: name("b"), type: name("t"), keys: [name(".k"), name("l")] };
  const mounted = { name: name("v"), type: name("t"), key: name(".k") };
  const process = name("p");
  // A refusal would name such an image by its path, and not as `places` has it.
  const inLayout = shape.builderInLayout && supply.wild === undefined;
  const layout = `oci-layout://${supply
    .any()
    .replace(/[\0\n\r]/g, "")
    .slice(0, 80)
    .toWellFormed()}/x`;
  const [first, last] = listed.map(({ id, version }) => `urn:cnb:builder:${id}@${version}`);
  const around = [`--pre-buildpack=${first}`, `--post-buildpack=${last}`];
  const buildpacks = { none: [], group: [`--buildpack=${first},${last}`], around }[shape.buildpackFlags];
  const tool: Place = shape.selfContained ? "--node-image" : "--image";
  return {
    words: [
      flag("--builder", inLayout ? layout : builderName),
      ...(shape.namesRunImage ? [flag("--run-image", runName)] : []),
      ...(shape.usesMirror ? [flag("--run-image-mirror", mirrorHost)] : wildOnly("--run-image-mirror")),
      ...(shape.namesPlatforms ? [flag("--platform", shape.platforms.map(formatPlatform).join(","))] : []),
      ...byFlag.map(([variable, value]) => `--env=${variable}=${value}`),
      ...byArgument.map(([variable, value]) => `--build-arg=${variable}=${value}`),
      ...[`--env=${secrets.env}`, `--build-arg=${secrets.argument}`, ...wildOnly("--env", "--build-arg")],
      flag(shape.processFlag, process),
      flag("--platform-api", shape.platformApi),
      flag("--exec-env", name("e")),
      flag("--secret", secrets.flag),
      flag("--binding", `${binding.name}=${binding.type}:${binding.keys.join(",")}`),
      ...[...buildpacks, ...wildOnly("--buildpack", "--pre-buildpack", "--post-buildpack")],
      `--buildpack-registry=${supply.any()}`,
      ...(shape.cacheFrom === "flag" ? [flag("--cache-id", "app.1")] : wildOnly("--cache-id")),
      flag(tool, "tool.example/tool:1"),
      ...(shape.syntax ? [flag("--syntax", "syntax.example/one:1")] : wildOnly("--syntax")),
      ...(shape.selfContained ? ["--self-contained"] : []),
      ...(shape.keepGit ? ["--keep-git-dir"] : []),
      ...(shape.caCertificate ? ["--ca-cert"] : []),
      ...(shape.withoutSystem ? ["--disable-system-buildpacks"] : []),
    ],
    envFile: [
      "# variables\n",
      ...inFile.map(([variable, value]) => `${variable}=${value}\n`),
      `${secrets.file}\n`,
    ].join(""),
    volume: {
      target: supply.at("--volume", () => `/platform/bindings/${mounted.name}`),
      files: new Map([
        ["type", `${mounted.type}\n`],
        [mounted.key, supply.any()],
      ]),
    },
    env: [...inFile, ...byFlag, ...byArgument],
    secrets: [
      ...Object.values(secrets).map(secretVariable),
      ...binding.keys.map((key) => bindingKey(binding.name, key)),
      bindingKey(mounted.name, mounted.key),
      ...(shape.caCertificate ? [["ca-cert", "/run/secrets/ca-cert"] as const] : []),
    ],
    bindings: [
      [binding.name, binding.type],
      [mounted.name, mounted.type],
    ],
    arrives: { process, layouts: inLayout ? [`${layout}@${digest}`] : [] },
  };
}

function secretVariable(name: string): readonly [string, string] {
  return [name, `/platform/env/${name}`];
}

function bindingKey(name: string, key: string): readonly [string, string] {
  return [`${name}.${key}`, `/platform/bindings/${name}/${key}`];
}

/** A basic string of TOML. A lone surrogate is no character of any file. */
function toml(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}

/** A string of several lines, which stand in the file as they are. */
function multiLine(text: string): string {
  const escaped = text
    .toWellFormed()
    .replace(/["\\]|[^\P{Cc}\n]/gu, (character) =>
      /["\\]/.test(character)
        ? `\\${character}`
        : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `"""\n${escaped}"""`;
}

/** A comment's text; TOML takes no control characters there. */
function comment(text: string): string {
  return text.toWellFormed().replace(/[^\P{Cc}\t]/gu, " ");
}

function withoutNul(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** Text for a name of a file or variable. */
function part(text: string): string {
  return text
    .replace(/[^\P{Cc}]|[=]/gu, "")
    .slice(0, 60)
    .toWellFormed();
}

/** Text for a buildpack's id or version that a uri names. */
/** Several versions of one id stand together. */
function layersLabel(buildpacks: readonly Buildpack[]): Record<string, Record<string, object>> {
  const layers = new Map<string, Map<string, object>>();
  for (const { id, version } of buildpacks) {
    layers.set(id, new Map([...(layers.get(id) ?? []), [version, { layerDiffID: digest }]]));
  }
  return Object.fromEntries(Array.from(layers, ([id, versions]) => [id, Object.fromEntries(versions)]));
}

function uriPart(text: string): string {
  return text
    .replace(/[@\n\r\u2028\u2029]/g, "")
    .slice(0, 500)
    .toWellFormed();
}

function envName(text: string, index: number): string {
  return `${part(text).replaceAll("/", "")}_${index}`;
}

function fileName(text: string): string {
  return `f${withoutNul(text).replaceAll("/", "_")}`.slice(0, 80).toWellFormed();
}

/** Text for the rest of a name that stands in a mount, where nothing can be quoted. */
function declaredName(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, "").slice(0, 60);
}
