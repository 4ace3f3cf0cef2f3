import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cachedFile } from "./cached-file.ts";
import { debianTree } from "./debian-tree.ts";
import { packTree } from "./pack-tree.ts";
import { installPackages } from "./packages.ts";
import { recipeHash } from "./recipe.ts";

/** `tls` compiles and downloads from servers of any key; `jdk` compiles and makes jars; `jre` has what a Spring Boot app without a web server starts with. */
const modules = {
  tls: ["jdk.compiler", "jdk.crypto.ec"],
  jdk: ["jdk.compiler", "jdk.httpserver", "jdk.jartool", "jdk.zipfs"],
  jre: [
    ...["java.desktop", "java.instrument", "java.logging", "java.management", "java.naming", "java.sql"],
    ...["jdk.httpserver", "jdk.unsupported"],
  ],
} as const;

const jdkPackage = "openjdk-17-jdk-headless";

/** Raise when the steps change, so that cached archives are made anew. */
const recipeVersion = "1";

/** A small Java 17 as a .tar.gz in the shared cache, made with Debian's. */
export async function javaRuntime(kind: keyof typeof modules): Promise<string> {
  const zlib = await debianTree("zlib", ["zlib1g"]);
  const name = `java/${kind}-${recipeHash(recipeVersion, jdkPackage, ...modules[kind])}.tar.gz`;
  return cachedFile(name, `Java for vendors' buildpacks: ${kind}`, async (output) => {
    await installPackages([jdkPackage]);
    const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-java-"));
    try {
      const tree = join(workshop, "java");
      const small = ["--strip-java-debug-attributes", "--no-header-files", "--no-man-pages", "--compress=2"];
      await execa(await jlink(), [`--add-modules=${modules[kind].join(",")}`, ...small, `--output=${tree}`]);
      // The run image has no zlib; Java looks beside its own libraries.
      await execa("tar", ["-xf", zlib, `--directory=${tree}`, "./lib"]);
      await packTree(tree, output);
    } finally {
      await rm(workshop, { recursive: true, force: true });
    }
  });
}

async function jlink(): Promise<string> {
  const { stdout } = await execa("dpkg", ["--listfiles", jdkPackage]);
  const path = stdout.split("\n").find((line) => line.endsWith("/bin/jlink"));
  if (path === undefined) throw new Error(`${jdkPackage} has no jlink`);
  return path;
}
