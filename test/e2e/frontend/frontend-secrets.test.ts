import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { uncompressed } from "../../helpers/uncompressed.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { writeDescriptor } from "../frontend-steps.ts";

/** Prints digests of what it sees: proof that the values were there, without showing them. */
const more = `
[[io.buildpacks.group]]
id = "example/look"
[io.buildpacks.group.script]
api = "0.10"
inline = """
echo "saw TOKEN $(sha256sum <"$2/env/TOKEN" | cut -c1-16)"
echo "saw password $(sha256sum <"$2/bindings/db/password" | cut -c1-16)"
mkdir -p "$1/keep" && echo "types.launch = true" >"$1/keep.toml"
if [ -e keep-the-secret ]; then cp "$2/env/TOKEN" "$1/keep/"; fi
"""

[[io.buildpacks.group]]
id = "lab/procfile"

[io.github.cnb-dockerfile]
secrets = ["TOKEN"]

[[io.github.cnb-dockerfile.bindings]]
name = "db"
type = "postgresql"
keys = ["password"]
`;

const values = { TOKEN: `token-${randomUUID()}`, "db.password": `password-${randomUUID()}` };
const sha = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let parent: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-secrets-"));
  writeDescriptor(lab, app.directory, "com.example.frontend-secrets", more);
  writeFileSync(join(app.directory, "first.txt"), String(Date.now()));
  for (const [name, value] of Object.entries(values)) writeFileSync(join(parent, name), value);
});
afterAll(async () => {
  app.remove();
  rmSync(parent, { recursive: true, force: true });
  await lab.close();
});

/** Builds with everything that a build can leave behind. Out: where that is, and its progress. */
async function build(name: string): Promise<{ readonly directory: string; readonly log: string }> {
  const directory = mkdtempSync(join(parent, `${name}-`));
  const { stderr } = await lab.buildx(
    [
      ...[
        "build",
        "--file=project.toml",
        "--platform=linux/amd64",
        "--progress=plain",
        "--provenance=mode=max",
      ],
      ...Object.keys(values).map((id) => `--secret=id=${id},src=${join(parent, id)}`),
      `--output=type=oci,dest=${join(directory, "image.tar")}`,
      `--cache-to=type=local,dest=${join(directory, "cache")},mode=max`,
      `--metadata-file=${join(directory, "metadata.json")}`,
      ".",
    ],
    { cwd: app.directory },
  );
  await execa("tar", ["-xf", "image.tar"], { cwd: directory });
  rmSync(join(directory, "image.tar"));
  return { directory, log: stderr };
}

/** Files below a directory that hold a text, compressed ones unpacked. */
function filesWith(directory: string, text: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => {
    const file = join(directory, name);
    return statSync(file).isFile() && uncompressed(readFileSync(file)).includes(text);
  });
}

it("secrets and bindings reach the buildpacks, and stay in no layer, config, provenance, log or cache", async () => {
  const { directory, log } = await build("clean");
  expect(log).toContain(`saw TOKEN ${sha(values.TOKEN)}`);
  expect(log).toContain(`saw password ${sha(values["db.password"])}`);
  expect(readdirSync(join(directory, "cache"))).toContain("index.json");
  // The search sees what is there: the provenance names the secret.
  expect(filesWith(directory, "TOKEN")).not.toEqual([]);
  for (const value of Object.values(values)) {
    expect(filesWith(directory, value)).toEqual([]);
    expect(log).not.toContain(value);
  }
});

it("a secret that a buildpack keeps is found", async () => {
  writeFileSync(join(app.directory, "keep-the-secret"), "");
  const { directory } = await build("kept");
  expect(filesWith(directory, values.TOKEN)).not.toEqual([]);
});
