import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedFile } from "./cached-file.ts";
import { maven } from "./maven-jars.ts";
import { fixtures } from "./paths.ts";
import { recipeHash, treeHash } from "./recipe.ts";

const project = join(fixtures, "apps/vendor-boot");

/** What stands in place of what, by file. */
type Edit = readonly [file: string, from: RegExp, to: string];

const source = "src/main/java/com/example/App.java";
const library = /\s*<dependency>\s*<groupId>org\.slf4j<.*?<\/dependency>/s;
const changed: Edit = [source, /"hello"/, '"welcome"'];

/** The app as it is, with one line changed, and with that and a dependency less. */
const variants: Readonly<Record<string, readonly Edit[]>> = {
  first: [],
  changed: [changed],
  smaller: [changed, ["pom.xml", library, ""]],
};

/** Directory of the shared cache with `first.jar`, `changed.jar` and `smaller.jar`, as Spring Boot's plugin for Maven makes them. */
export async function springBootJars(): Promise<string> {
  const recipe = recipeHash(await treeHash(project), ...Object.values(variants).flat(2).map(String));
  return cachedFile(`maven/spring-boot-${recipe}`, "jars of a Spring Boot app", async (output) => {
    await mkdir(output, { recursive: true });
    for (const [name, edits] of Object.entries(variants)) {
      const workshop = await mkdtemp(join(tmpdir(), "cnb-lab-boot-"));
      try {
        await cp(project, workshop, { recursive: true });
        for (const edit of edits) await apply(workshop, edit);
        await maven(["package"], workshop);
        await cp(join(workshop, "target/app.jar"), join(output, `${name}.jar`));
      } finally {
        await rm(workshop, { recursive: true, force: true });
      }
    }
  });
}

async function apply(directory: string, [file, from, to]: Edit): Promise<void> {
  const text = await readFile(join(directory, file), "utf8");
  if (!from.test(text)) throw new Error(`${file} has no ${from}`);
  await writeFile(join(directory, file), text.replace(from, to));
}
