import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { debianTree } from "./debian-tree.ts";
import { javaRuntime } from "./java-runtime.ts";
import { mavenJar } from "./maven-jars.ts";
import { pythonWheels } from "./python-wheels.ts";

const libraries = ["org.slf4j:slf4j-api:2.0.17", "org.slf4j:slf4j-simple:2.0.17"];
const wheels = ["six==1.17.0", "itsdangerous==2.2.0", "pip==24.3.1"];

const python = [
  ...["python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"],
  ...["libexpat1", "libssl3", "zlib1g"],
];
const php = [
  ...[
    "php8.2-cli",
    "libargon2-1",
    "libicu72",
    "liblzma5",
    "libpcre2-8-0",
    "libsodium23",
    "libssl3",
    "libxml2",
  ],
  "zlib1g",
];

/** Where each buildpack of `vendor` gets what it installs, by the path that it asks for. */
async function mirroredFiles(): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {
    "java/jdk.tar.gz": await javaRuntime("jdk"),
    "java/jre.tar.gz": await javaRuntime("jre"),
    "python/python.tar.gz": await debianTree("python", python),
    "php/php.tar.gz": await debianTree("php", php),
    "php/psr-log.tar.gz": await debianTree("php-psr-log", ["php-psr-log"]),
    "php/psr-container.tar.gz": await debianTree("php-psr-container", ["php-psr-container"]),
  };
  for (const coordinates of libraries) {
    const [group = "", artifact, version] = coordinates.split(":");
    const path = `maven/${group.replaceAll(".", "/")}/${artifact}/${version}/${artifact}-${version}.jar`;
    files[path] = await mavenJar(coordinates);
  }
  const directory = await pythonWheels(wheels);
  for (const name of await readdir(directory)) files[`wheels/${name}`] = join(directory, name);
  return files;
}

/** Name in the inventory, version, path. */
const inventory = [
  ["jdk", "17", "java/jdk.tar.gz"],
  ["jre", "17", "java/jre.tar.gz"],
  ["python", "3.11", "python/python.tar.gz"],
  ["pip", "24.3.1", "wheels/pip-24.3.1-py3-none-any.whl"],
  ["php", "8.2", "php/php.tar.gz"],
] as const;

/**
 * Lays out, in an empty directory, what the buildpacks of `vendor` download: runtimes and packages of this machine's
 * registries, `inventory.txt` (`NAME VERSION PATH SHA256`) and a page of wheels for pip. Out: SHA-256 of each file by its path.
 */
export async function layVendorMirror(directory: string): Promise<Readonly<Record<string, string>>> {
  const files = await mirroredFiles();
  const digests: Record<string, string> = {};
  for (const [path, source] of Object.entries(files)) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await symlink(source, join(directory, path));
    digests[path] = createHash("sha256")
      .update(await readFile(source))
      .digest("hex");
  }
  const lines = inventory.map(([name, version, path]) => `${name} ${version} ${path} ${digests[path]}\n`);
  await writeFile(join(directory, "inventory.txt"), lines.join(""));
  const links = Object.keys(files).filter((path) => path.endsWith(".whl"));
  await writeFile(
    join(directory, "wheels.html"),
    links.map((path) => `<a href="${path}">${path.slice("wheels/".length)}</a>\n`).join(""),
  );
  return digests;
}
