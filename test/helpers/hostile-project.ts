import fc from "fast-check";
import type {
  DescriptorText,
  FoundModule,
  GitPlace,
  ImageConfig,
  ImageSource,
  ModuleSource,
  Platform,
} from "../../src/index.ts";
import { formatPlatform } from "../../src/index.ts";
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

/** What has to arrive, told from the inputs alone. */
export interface Arrival {
  /** Build-time variables, name to value. */
  readonly env: ReadonlyMap<string, string>;
  /** Inline scripts, path to text. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly filter: { readonly kind: "include" | "exclude"; readonly patterns: readonly string[] };
  /** Where added buildpacks are taken from: a path below the project's directory, an address. */
  readonly modulePath?: string;
  readonly moduleUrl?: string;
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
  "inline script": "buildpacks",
  "schema version": "schema-version",
  "own secret": "secrets",
  "own binding": "bindings",
  "own binding type": "bindings",
  "own binding key": "bindings",
  "module path": "m/",
  "module url": "module.example",
  "module image": "buildpacks",
  "module id": "buildpack",
  "module version": "buildpack",
  "registry address": "buildpacks",
  "--builder": "--builder",
  "--run-image": "--run-image",
  "--platform": "--platform",
  "--env": "--env",
  "--process-type": "--process-type",
  "--exec-env": "--exec-env",
  "--secret": "--secret",
  "--binding": "--binding",
  "--run-image-mirror": "mirror",
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
  filter: fc.constantFrom("include", "exclude"),
  /** Buildpacks around the builder's order, or in place of it. */
  group: fc.boolean(),
  /** More than thirty files do not stand in the text. */
  scripts: fc.constantFrom(1, 2, 11),
  descriptorInside: fc.boolean(),
  selfContained: fc.boolean(),
  syntax: fc.boolean(),
  keepGit: fc.boolean(),
  /** By flags, though the images say it, too. */
  namesPlatforms: fc.boolean(),
  namesRunImage: fc.boolean(),
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
const textsEach = 200;

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
  private readonly texts: string[];
  private wildIsOut = false;

  constructor(texts: readonly string[], wild: Place | undefined) {
    this.wild = wild;
    this.texts = [...texts];
  }

  get left(): number {
    return this.texts.length;
  }

  /** A text for a place that takes any. */
  any(): string {
    const text = this.texts.pop();
    if (text === undefined) throw new Error(`a project needs more than ${textsEach} texts`);
    return text;
  }

  /** A text for a place that takes what `tame` makes of it; as it is where that place is the wild one, once. */
  at(place: Place, tame: (text: string) => string): string {
    const text = this.any();
    if (place !== this.wild || this.wildIsOut) return tame(text);
    this.wildIsOut = true;
    return text;
  }
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const builderName = "builder.example/acme/builder:24";
const runName = "run.example/acme/run:24";

function build(supply: Supply, shape: Shape): HostileProject {
  const images = buildImages(supply, shape);
  const modules = buildModules(supply, shape);
  const project = buildDescriptor(supply, shape, images, modules);
  const flags = buildFlags(supply, shape);
  const descriptorFile = shape.descriptorInside ? `conf/${fileName(supply.any())}.toml` : "../project.toml";
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
    words: [...flags.words, ...rest.map(([name, value]) => `--env=${name}=${value}`)],
    envFile: flags.envFile,
    images: images.source,
    modules: modules.source,
    ...(git === undefined ? {} : { git }),
    earlierFile:
      shape.cacheFrom === "earlier file" ? `# cnb-dockerfile-plan: ${JSON.stringify(earlier)}\n` : "",
    program,
    imagePath: images.path,
    arrives: {
      ...project.arrives,
      ...modules.arrives,
      env: new Map([...project.env, ...flags.env, ...rest]),
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
          mirrors: [supply.any()],
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
    layers: Object.fromEntries(
      buildpacks.map(({ id, version }) => [id, { [version]: { layerDiffID: digest } }]),
    ),
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
  const buildpackage: Omit<ImageConfig, "os" | "architecture"> = {
    env: [],
    user: supply.any(),
    labels: {
      "io.buildpacks.buildpackage.metadata": JSON.stringify({ ...moduleBuildpack, homepage: supply.any() }),
      "io.buildpacks.buildpack.layers": JSON.stringify({
        [moduleBuildpack.id]: { [moduleBuildpack.version]: { api: supply.any(), layerDiffID: supply.any() } },
      }),
    },
  };
  const wildOs = supply.at("builder platform", () => "linux");
  const all = platforms.map((platform) => ({ ...platform, os: wildOs }));
  return {
    source: {
      async resolve(reference) {
        const [host = ""] = reference.name.split("/");
        const config = host === "run.example" ? run : host === "package.example" ? buildpackage : builder;
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
    order,
    path,
  };
}

/** What every added place holds. */
const moduleBuildpack: Buildpack = { id: "acme/added", version: "1.0.0" };

interface Modules {
  readonly source: ModuleSource;
  readonly uris: readonly string[];
  readonly arrives: Pick<Arrival, "modulePath" | "moduleUrl">;
}

/** Added buildpacks from each kind of place. */
function buildModules(supply: Supply, { addsModules, descriptorInside }: Shape): Modules {
  const path = supply.at("module path", fileName);
  const url = `https://module.example/${supply.at("module url", withoutNul)}`;
  const image = supply.at("module image", () => "package.example/acme/added:1");
  const address = supply.at("registry address", () => `package.example/acme/registered@${digest}`);
  const id = supply.at("module id", () => moduleBuildpack.id);
  const version = supply.at("module version", () => moduleBuildpack.version);
  const module: FoundModule = {
    kind: "buildpack",
    buildpackToml: [
      `api = ${toml(`0.10${supply.any()}`)}`,
      `[buildpack]\nid = ${toml(id)}\nversion = ${toml(version)}\nname = ${toml(supply.any())}`,
      `[[targets]]\n[metadata]\n${toml(supply.any())} = ${toml(supply.any())}\n`,
    ].join("\n"),
  };
  // Beside a descriptor outside the project there is nothing of the project's.
  const local = addsModules && descriptorInside;
  return {
    source: {
      local: async (asked) => (asked.startsWith("conf/m/") ? { form: "directory", module } : undefined),
      download: async () => ({ digest, module }),
      lookUp: async () => ({ version: "1.0.0", yanked: false, address }),
    },
    uris: [
      ...(local ? [`./m/${path}`] : []),
      ...(addsModules ? [url, `docker://${image}`, "urn:cnb:registry:acme/registered"] : []),
    ],
    arrives: {
      ...(local ? { modulePath: `conf/m/${path}` } : {}),
      ...(addsModules ? { moduleUrl: url } : {}),
    },
  };
}

interface Descriptor {
  readonly text: string;
  readonly env: readonly (readonly [string, string])[];
  readonly arrives: Omit<Arrival, "env">;
}

function buildDescriptor(
  supply: Supply,
  shape: Shape,
  { buildpacks, order }: Images,
  modules: Modules,
): Descriptor {
  const old = shape.schema === "0.1";
  const at = old ? "build" : "io.buildpacks";
  const project = old ? "project" : "_";
  const scripts = Array.from({ length: shape.scripts }, (_, index) => ({
    id: supply.at("inline id", (text) => `${part(text)}/${index}`),
    version: supply.at("inline version", (text) => `${part(text)}.${index}`.replaceAll("/", "_")),
    api: supply.at("inline api", (text) => `0.1${text}`),
    shell: `/${supply.any()}`,
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
  const execEnv = () => (shape.schema === "0.3" ? `exec-env = [${toml(supply.any())}, "*"]` : "");
  const group = [
    ...scripts.map(
      ({ id, version, api, shell, script }) =>
        `id = ${toml(id)}\nversion = ${toml(version)}\n[TABLE.script]\napi = ${toml(api)}\nshell = ${toml(shell)}\ninline = ${toml(script)}`,
    ),
    ...named.map(({ id, version }) => `id = ${toml(id)}\nversion = ${toml(version)}\n${execEnv()}`),
    ...[...byUri, ...modules.uris].map((uri) => `uri = ${toml(uri)}`),
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
    ...group.map((entry) => `[[${table}]]\n${entry.replace("TABLE", table)}`),
    "",
  ].join("\n");

  const added = modules.uris.map(() => moduleBuildpack);
  const listed = [...scripts, ...buildpacks, ...added].map(({ id, version }) => ({ id, version }));
  return {
    text: `${text}${ownTable(supply)}`,
    env: env.map(({ name, value }) => [name, value] as const),
    arrives: {
      scripts: new Map(
        scripts.map(({ id, version, shell, script }) => [
          `/cnb/buildpacks/${id.replaceAll("/", "_")}/${version}/bin/build`,
          `#!${shell}\n\n${script}${script.endsWith("\n") ? "" : "\n"}`,
        ]),
      ),
      filter: { kind: shape.filter, patterns },
      // Each pre entry is put in front of the ones before it.
      order: [inGroup ? listed : [...listed.toReversed(), ...order]],
      unknownKey: `${project}.${unknownKey}`,
    },
  };
}

/** Our own table: names of what is secret. */
function ownTable(supply: Supply): string {
  return [
    "[io.github.cnb-dockerfile]",
    `secrets = [${toml(supply.at("own secret", () => "S2"))}]`,
    "[[io.github.cnb-dockerfile.bindings]]",
    `name = ${toml(supply.at("own binding", () => "b2"))}`,
    `type = ${toml(supply.at("own binding type", () => "redis"))}`,
    `keys = [${toml(supply.at("own binding key", () => "uri"))}]\n`,
  ].join("\n");
}

interface Flags {
  readonly words: readonly string[];
  readonly envFile: string;
  readonly env: readonly (readonly [string, string])[];
}

function buildFlags(supply: Supply, shape: Shape): Flags {
  const flag = (name: Place, usual: string) => `${name}=${supply.at(name, () => usual)}`;
  const fileEnv = Array.from({ length: 4 }, (_, index) => ({
    name: `F${envName(supply.any(), index)}`,
    value: withoutNul(supply.any()).replaceAll("\n", " "),
  })).map(({ name, value }) => {
    // A line counts without the blanks around it.
    const line = `${name}=${value}`.trim();
    return [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const;
  });
  const env = Array.from(
    { length: 4 },
    (_, index) => `E${envName(supply.any(), index)}=${withoutNul(supply.any())}`,
  );
  const wildEnv = supply.wild === "--env" ? [supply.at("--env", (text) => text)] : [];
  const tool: Place = shape.selfContained ? "--node-image" : "--image";
  return {
    words: [
      flag("--builder", builderName),
      ...(shape.namesRunImage ? [flag("--run-image", runName)] : []),
      ...(shape.namesPlatforms ? [flag("--platform", shape.platforms.map(formatPlatform).join(","))] : []),
      ...[...env, ...wildEnv].map((line) => `--env=${line}`),
      flag("--process-type", "web"),
      flag("--platform-api", shape.platformApi),
      flag("--exec-env", "production"),
      flag("--secret", "S1"),
      flag("--binding", "b1=postgres:user,password"),
      ...(["--run-image-mirror", "--post-buildpack"] as const)
        .filter((name) => name === supply.wild)
        .map((name) => flag(name, "")),
      ...(shape.keepGit ? ["--ca-cert", "--disable-system-buildpacks"] : []),
      ...(shape.cacheFrom === "flag" || supply.wild === "--cache-id" ? [flag("--cache-id", "app.1")] : []),
      ...(shape.selfContained ? ["--self-contained"] : []),
      flag(tool, "tool.example/tool:1"),
      ...(shape.syntax || supply.wild === "--syntax" ? [flag("--syntax", "syntax.example/one:1")] : []),
      ...(shape.keepGit ? ["--keep-git-dir"] : []),
    ],
    envFile: `# variables\n${fileEnv.map(([name, value]) => `${name}=${value}\n`).join("")}`,
    env: [
      ...fileEnv,
      ...env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const),
    ],
  };
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
  return withoutNul(text).replaceAll("/", "_").slice(0, 80).toWellFormed();
}
