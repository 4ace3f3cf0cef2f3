import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A generated buildpack: a leaf, or a composite of others. */
interface Generated {
  readonly id: string;
  /** Absent: a leaf with bin/detect and bin/build. */
  readonly order?: readonly (readonly string[])[];
}

const languages = ["dotnet", "go", "java", "node", "php", "python", "ruby", "rust", "web"] as const;

/** Nine languages of three leaves and a composite each, and four composites of composites: forty in all. */
function generated(): readonly Generated[] {
  const leaves = languages.flatMap((language) => {
    return ["runtime", "packages", "start"].map(
      (part): Generated => ({ id: `lab-large/${language}-${part}` }),
    );
  });
  const families = languages.map((language): Generated => {
    const [runtime, packages, start] = ["runtime", "packages", "start"].map(
      (part) => `lab-large/${language}-${part}`,
    );
    return {
      id: `lab-large/${language}`,
      order: [
        [runtime, packages, start],
        [runtime, start],
      ].map(present),
    };
  });
  const composite = (id: string, of: readonly string[]): Generated => ({
    id,
    order: of.map((name) => [name]),
  });
  return [
    ...leaves,
    ...families,
    composite("lab-large/scripting", [
      "lab-large/node",
      "lab-large/php",
      "lab-large/python",
      "lab-large/ruby",
    ]),
    composite("lab-large/compiled", ["lab-large/go", "lab-large/java", "lab-large/rust", "lab-large/dotnet"]),
    composite("lab-large/languages", ["lab-large/compiled", "lab-large/scripting", "lab-large/web"]),
    composite("lab-large/everything", ["lab-large/languages"]),
  ];
}

function present(group: readonly (string | undefined)[]): readonly string[] {
  return group.flatMap((id) => id ?? []);
}

/** The one buildpack that the large builder's order names. */
export const largeOrderId = "lab-large/everything";

/**
 * Writes forty buildpacks into `directory`, leaves before composites, and lists their directories.
 * A leaf passes where the app has a file `<language>.txt`. Stacks and targets are many, as in the field: labels of
 * this size (tens of kilobytes) are what a reader of builders meets.
 */
export async function writeLargeBuildpacks(directory: string): Promise<readonly string[]> {
  await rm(directory, { recursive: true, force: true });
  const paths: string[] = [];
  for (const buildpack of generated()) {
    const path = join(directory, buildpack.id.replace("/", "_"));
    await mkdir(join(path, "bin"), { recursive: true });
    await writeFile(join(path, "buildpack.toml"), buildpackToml(buildpack));
    if (buildpack.order === undefined) await writePrograms(path, buildpack.id);
    else await rm(join(path, "bin"), { recursive: true });
    paths.push(path);
  }
  return paths;
}

function buildpackToml({ id, order }: Generated): string {
  const head = `api = "0.10"

[buildpack]
id = "${id}"
version = "1.0.0"
name = "Generated buildpack ${id} with a name of the usual length"
homepage = "https://example.com/a/homepage/as/long/as/they/come/${id}"
`;
  if (order !== undefined) {
    const groups = order.map((group) => {
      const entries = group.map((entry) => `[[order.group]]\nid = "${entry}"\nversion = "1.0.0"\n`);
      return `[[order]]\n${entries.join("")}`;
    });
    return [head, ...groups].join("\n");
  }
  const targets = ["amd64", "arm64"].map((architecture) => {
    const distros = ["11", "12", "13"].map((version) => `{ name = "debian", version = "${version}" }`);
    return `[[targets]]\nos = "linux"\narch = "${architecture}"\ndistros = [${distros.join(", ")}]\n`;
  });
  return [head, ...targets].join("\n");
}

async function writePrograms(path: string, id: string): Promise<void> {
  const language = id.replace(/^.*\//, "").replace(/-.*$/, "");
  const programs = {
    detect: `#!/usr/bin/env bash\n[[ -f ${language}.txt ]] || exit 100\n`,
    build: `#!/usr/bin/env bash\necho "---> ${id}"\n`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(path, "bin", name), text);
    await chmod(join(path, "bin", name), 0o755);
  }
}
