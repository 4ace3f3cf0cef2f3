import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { debianTree } from "../../lab/debian-tree.ts";
import { goModule } from "../../lab/go-module.ts";
import { javaRuntime } from "../../lab/java-runtime.ts";
import { execaOnMachine } from "../../lab/machine.ts";
import { mavenJar } from "../../lab/maven-jars.ts";
import { npmPackage } from "../../lab/npm-package.ts";
import { pythonWheels } from "../../lab/python-wheels.ts";
import { type Mirrored, npmMirror } from "./package-mirror.ts";

const sources = join(import.meta.dirname, "tools");
const wheels = ["six==1.17.0", "pip==24.3.1"];
const python = [
  ...["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"],
  ...["libexpat1", "libssl3", "zlib1g"],
];
/** Debian has a newer cargo for browsers: its usual one is older than what registries speak today. The build image has curl's libraries. */
const cargo = [
  ...["cargo-web", "libgit2-1.5", "libhttp-parser2.9", "libmbedcrypto7", "libmbedx509-1", "libmbedtls14"],
  ...["libsqlite3-0", "libssh2-1", "libcurl4"],
];

/** Lays out npm, pip, Go, Cargo and Java in an empty directory, for a step that sees it as `/opt/tools`. */
export async function layTools(directory: string): Promise<void> {
  const unpack = async (archive: string, name: string, ...words: string[]) => {
    mkdirSync(join(directory, name), { recursive: true });
    await execa("tar", [`--file=${archive}`, "--extract", `--directory=${join(directory, name)}`, ...words]);
  };
  await unpack(await npmPackage("npm", "8.19.4"), "npm", "--strip-components=1");
  await unpack(await debianTree("python", python), "python");
  await unpack(await debianTree("cargo", cargo), "cargo");
  await unpack(await javaRuntime("tls"), "jdk");
  const { stdout: root } = await execaOnMachine("go", ["env", "GOROOT"]);
  for (const path of ["bin/go", "VERSION", "go.env"]) cpSync(join(root, path), join(directory, "go", path));
  cpSync(join(await pythonWheels(wheels), "pip-24.3.1-py3-none-any.whl"), join(directory, "pip.whl"));
  cpSync(join(sources, "rustc"), join(directory, "rustc"));
  cpSync(join(sources, "Fetch.java"), join(directory, "Fetch.java"));
}

/** The buildpack that uses them, in a directory of the app. */
export function layBuildpack(directory: string): void {
  const files = {
    "buildpack.toml":
      'api = "0.10"\n[buildpack]\nid = "e2e/tools"\nversion = "0.0.1"\n[[targets]]\nos = "linux"\n',
    "bin/detect": "#!/bin/bash\nexit 0\n",
    "bin/build": readFileSync(join(sources, "build.sh"), "utf8"),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text, { mode: 0o755 });
  }
}

/** Registries of five languages, by the variable that the buildpack reads; of the crate, whose name and content are made up, each has one package. */
export const toolRegistries = {
  NPM_URL: "https://npm.office.example",
  PYPI_URL: "https://pypi.office.example",
  GO_URL: "https://go.office.example",
  CRATES_URL: "https://crates.office.example",
  MAVEN_URL: "https://maven.office.example",
} as const;

/** What all of them answer, by path. In: a directory for what is made. */
export async function toolPackages(directory: string): Promise<Readonly<Record<string, Mirrored>>> {
  const packed = join(directory, "greeting-1.0.0");
  mkdirSync(join(packed, "src"), { recursive: true });
  writeFileSync(
    join(packed, "Cargo.toml"),
    '[package]\nname = "greeting"\nversion = "1.0.0"\nedition = "2021"\n',
  );
  writeFileSync(join(packed, "src/lib.rs"), 'pub const GREETING: &str = "hello";\n');
  const crate = join(directory, "greeting-1.0.0.crate");
  await execa("tar", [`--directory=${directory}`, "--create", "--gzip", `--file=${crate}`, "greeting-1.0.0"]);
  const cksum = createHash("sha256").update(readFileSync(crate)).digest("hex");
  const entry = { name: "greeting", vers: "1.0.0", deps: [], cksum, features: {}, yanked: false };
  const module = await goModule("github.com/google/uuid", "v1.6.0");
  const place = await pythonWheels(wheels);
  const wheel = readdirSync(place).find((name) => name.startsWith("six-")) ?? "";
  return {
    ...(await npmMirror(toolRegistries.NPM_URL, ["ms@2.1.3"])),
    "/simple/six/": { text: `<a href="/wheels/${wheel}">${wheel}</a>\n` },
    [`/wheels/${wheel}`]: { file: join(place, wheel) },
    ...Object.fromEntries(
      ["info", "mod", "zip"].map((end) => [
        `/github.com/google/uuid/@v/v1.6.0.${end}`,
        { file: join(module, `v1.6.0.${end}`) },
      ]),
    ),
    "/index/config.json": { text: JSON.stringify({ dl: `${toolRegistries.CRATES_URL}/crates` }) },
    "/index/gr/ee/greeting": { text: `${JSON.stringify(entry)}\n` },
    "/crates/greeting/1.0.0/download": { file: crate },
    "/slf4j-api-2.0.17.jar": { file: await mavenJar("org.slf4j:slf4j-api:2.0.17") },
  };
}
