import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goldenDirectory } from "../../helpers/cases.ts";

/** A project as a user could have written it. */
export interface Input {
  /** Unlike any other's; a row of docs/reference/pack-readings.md. */
  readonly title: string;
  /** `project.toml`: its text, or its bytes. Absent: there is none. `BUILDER` in a text stands for the lab's builder. */
  readonly descriptor?: string | Uint8Array;
  /** More files, by path, beside those that every input has. */
  readonly files?: Readonly<Record<string, string>>;
  /** Arguments that both programs take. */
  readonly words?: readonly string[];
  /** What we do otherwise than pack, and why. */
  readonly otherwise?: Partial<Record<Facet, string>>;
}

/** What is compared. */
export type Facet =
  | "answer"
  | "builder"
  | "env"
  | "order"
  | "buildpacks"
  | "buildpack files"
  | "source"
  | "warning";

/** Files that every input has: something for each pattern to match. */
export const everyInputsFiles: Readonly<Record<string, string>> = {
  "README.md": "read me\n",
  "a.log": "log\n",
  "a.txt": "a\n",
  "app.txt": "app\n",
  "docs/guide.md": "guide\n",
  "package.json": "{}\n",
  "src/deep/main.test.js": "test\n",
  "src/main.js": "main\n",
  "vendor/docs/x": "x\n",
};

const golden = (name: string, more: Partial<Input> = {}): Input => ({
  title: `golden/${name}`,
  descriptor: readFileSync(join(goldenDirectory, name, "project.toml"), "utf8").replaceAll(
    "registry.example/acme/builder:24",
    "BUILDER",
  ),
  ...more,
});

const keepsDescriptor = "buildpacks read project.toml, so it comes along whatever include and exclude say";
const actsOnExecEnv =
  "pack reads exec-env and does not act on it: the build is for production here, so what is for test only has no part in it";

const head = '[_]\nschema-version = "0.2"\nid = "com.example.shop"\n\n[io.buildpacks]\nbuilder = "BUILDER"\n';
const env = (name: string, value: string) =>
  `\n[[io.buildpacks.build.env]]\nname = ${name}\nvalue = ${value}\n`;
const group = (...lines: readonly string[]) => `\n[[io.buildpacks.group]]\n${lines.join("\n")}\n`;

export const inputs: readonly Input[] = [
  golden("minimal"),
  golden("own-tables-and-any-order"),
  golden("schema-0.1"),
  golden("warns-of-0.1-tables", {
    otherwise: { warning: "pack ignores the tables of another schema without a warning" },
  }),
  golden("warns-of-unknown-keys"),
  golden("old-misspelt-build-env"),
  golden("env-values"),
  golden("env-from-flags", { words: ["--env=BP_NODE_VERSION=24.*", "--env=EMPTY="] }),
  golden("exclude"),
  golden("include-with-negation", { otherwise: { source: keepsDescriptor } }),
  golden("group-by-id"),
  golden("group-around-builder-order"),
  golden("group-with-version"),
  golden("pre-and-post"),
  golden("inline-script"),
  golden("inline-script-odd-characters"),
  golden("error-bad-entries"),
  golden("error-bad-reference"),
  golden("error-broken-toml"),
  golden("error-build-env-as-map"),
  golden("error-buildpack-uri"),
  golden("error-duplicate-key"),
  golden("error-include-and-exclude"),
  golden("error-inline-twice", {
    otherwise: {
      answer:
        "two scripts with one id and version lie in one place: pack keeps one of them and runs it twice",
    },
  }),
  golden("error-no-builder"),
  golden("error-schema-version"),
  // Not golden/error-wrong-types: of several wrong types pack tells one, another in each run.
  { title: "no project.toml, --builder", words: ["--builder=BUILDER"] },
  { title: "no project.toml, no builder" },
  { title: "an empty project.toml, --builder", descriptor: "", words: ["--builder=BUILDER"] },
  {
    title: "--builder over the project's",
    descriptor: head.replace("BUILDER", "REGISTRY/lab/no-such:1"),
    words: ["--builder=BUILDER"],
  },
  {
    title: "another descriptor by -d",
    descriptor: head,
    files: { "other.toml": head + env('"FROM"', '"other"') },
    words: ["-d", "other.toml"],
    otherwise: {
      source:
        "the descriptor that was named is put in the place of project.toml, where buildpacks look for it",
    },
  },
  {
    title: "lines that end in CR LF",
    descriptor: `${head}exclude = ["docs"]\n${env('"A"', '"""\none\ntwo"""')}`.replaceAll("\n", "\r\n"),
    otherwise: {
      env: "TOML leaves it open whether a line break in a multi-line text is kept as it is; ours becomes LF, the same from any checkout",
    },
  },
  { title: "a byte order mark", descriptor: `\ufeff${head}` },
  { title: "UTF-16", descriptor: Buffer.from(`\ufeff${head}`, "utf16le") },
  {
    title: "bytes that are not UTF-8",
    descriptor: Buffer.concat([Buffer.from(head), Buffer.from([0x23, 0x20, 0xff, 0x0a])]),
  },
  { title: "a schema version that is a number", descriptor: head.replace('"0.2"', "0.2") },
  {
    title: "no schema version before 0.2's tables",
    descriptor: '[io.buildpacks]\nbuilder = "BUILDER"\n',
    words: ["--builder=BUILDER"],
  },
  {
    title: "schema 0.1 with [[build.env]] before [build]",
    descriptor:
      '[[build.env]]\nname = "A"\nvalue = "1"\n\n[build]\nbuilder = "BUILDER"\nexclude = ["docs"]\n',
  },
  {
    title: "schema 0.1 with pre and post",
    descriptor:
      '[build]\nbuilder = "BUILDER"\n\n[[build.pre.group]]\nid = "acme/static"\n\n[[build.post.group]]\nid = "acme/npm"\n',
    otherwise: { order: "schema 0.1 has neither; pack reads them anyway" },
  },
  {
    title: "schema 0.3 with exec-env",
    descriptor: `${head.replace("0.2", "0.3")}${env('"A"', '"1"')}exec-env = ["test"]\n${group('id = "acme/node"', 'exec-env = ["test"]')}`,
    otherwise: { env: actsOnExecEnv, order: actsOnExecEnv },
  },
  {
    title: "schema 0.3 with a table of the user's own",
    descriptor: `${head.replace("0.2", "0.3")}\n[com.heroku]\nstack = "heroku-24"\n`,
    otherwise: { warning: "in schema 0.3 only, pack warns about tables of the user's own" },
  },
  { title: "a misspelt key", descriptor: `${head}exlude = ["docs"]\n` },
  { title: 'env = ["K=V"] and [launch]', descriptor: `${head}env = ["K=V"]\n\n[launch]\nweb = "node ."\n` },
  {
    title: "a misspelt env.build beside build.env",
    descriptor: `${head}${env('"A"', '"right"')}\n[[io.buildpacks.env.build]]\nname = "B"\nvalue = "misspelt"\n`,
  },
  {
    title: "a variable without a value",
    descriptor: `${head}\n[[io.buildpacks.build.env]]\nname = "A"\n`,
    otherwise: { answer: "pack sets it to an empty value; here it counts as forgotten" },
  },
  {
    title: "a variable without a name",
    descriptor: `${head}\n[[io.buildpacks.build.env]]\nvalue = "1"\n`,
    otherwise: { answer: "pack drops it without a warning" },
  },
  { title: "a variable whose value is a number", descriptor: head + env('"A"', "1") },
  {
    title: "a variable's name with =",
    descriptor: head + env('"A=B"', '"1"'),
    otherwise: { answer: "no process can have a variable with such a name" },
  },
  {
    title: "a variable's name with /",
    descriptor: head + env('"a/b"', '"1"'),
    otherwise: { answer: "pack makes a directory, which no lifecycle reads" },
  },
  {
    title: "a variable named ..",
    descriptor: head + env('".."', '"1"'),
    otherwise: { answer: "pack drops it without a warning" },
  },
  {
    title: "a variable with a NUL",
    descriptor: head + env('"A"', '"\\u0000"'),
    otherwise: { answer: "no process can have a variable with such a value" },
  },
  { title: "an empty builder", descriptor: head.replace('"BUILDER"', '""') },
  { title: "a licence without type and uri", descriptor: `${head.replace("[io", "[[_.licenses]]\n\n[io")}` },
  {
    title: "licences with type or uri",
    descriptor: `${head.replace("[io", '[[_.licenses]]\ntype = "MIT"\n\n[[_.licenses]]\nuri = "https://example.com"\n\n[io')}`,
  },
  { title: "an empty group", descriptor: `${head}group = []\n` },
  { title: "a group entry without id and uri", descriptor: head + group('version = "1.0.0"') },
  {
    title: "a group entry with uri and version",
    descriptor: head + group('uri = "urn:cnb:builder:acme/node"', 'version = "3.1.0"'),
  },
  {
    title: "a group entry with id and uri",
    descriptor: head + group('id = "acme/npm"', 'uri = "urn:cnb:builder:acme/node"'),
  },
  {
    title: "a pre entry without id and uri",
    descriptor: `${head}\n[[io.buildpacks.pre.group]]\nversion = "1.0.0"\n`,
  },
  {
    title: "a script without api",
    descriptor: head + group('id = "a/b"', '[io.buildpacks.group.script]\ninline = "true"'),
  },
  {
    title: "an empty script",
    descriptor: head + group('id = "acme/node"', '[io.buildpacks.group.script]\napi = "0.10"\ninline = ""'),
  },
  {
    title: "a script beside a uri",
    descriptor:
      head +
      group(
        'id = "a/b"',
        'uri = "urn:cnb:builder:acme/node"',
        '[io.buildpacks.group.script]\napi = "0.10"\ninline = "true"',
      ),
  },
  {
    title: "a script in place of a buildpack of the builder",
    descriptor:
      head +
      group(
        'id = "acme/node"',
        'version = "3.1.0"',
        '[io.buildpacks.group.script]\napi = "0.10"\ninline = "true"',
      ),
  },
  { title: "a uri that looks like the registry's", descriptor: head + group('uri = "heroku/nodejs"') },
  {
    title: "a uri that looks like an image",
    descriptor: head + group('uri = "REGISTRY/acme/none:1"'),
  },
  {
    title: "a uri that names a buildpack of the builder",
    descriptor: head + group('uri = "acme/node@3.1.0"'),
  },
  { title: "include and exclude, both empty", descriptor: `${head}include = []\nexclude = []\n` },
  { title: "an empty exclude", descriptor: `${head}exclude = []\n` },
  {
    title: "include of one file",
    descriptor: `${head}include = ["src/main.js"]\n`,
    otherwise: { source: keepsDescriptor },
  },
  {
    title: "exclude with / before, behind and within",
    descriptor: `${head}exclude = ["/docs", "src/", "vendor/docs"]\n`,
  },
  {
    title: "exclude of project.toml",
    descriptor: `${head}exclude = ["*.toml", "*.md"]\n`,
    otherwise: { source: keepsDescriptor },
  },
  { title: "exclude that is a text", descriptor: `${head}exclude = "docs"\n` },
  {
    title: "a git clone",
    descriptor: head,
    files: { ".git/HEAD": "ref: refs/heads/main\n", ".git/config": "", ".gitignore": "*.log\n" },
    otherwise: { source: ".git is left out without `--keep-git-dir`, because it differs between clones" },
  },
];
