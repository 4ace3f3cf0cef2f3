import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { digestOf } from "../frontend-steps.ts";
import { cnbDockerfile, projectText } from "../steps.ts";

const platform = "linux/amd64";
/** What bake and compose could take for something else. */
const oddValue = `a \${b} %{c} $d $$e "f" \\g`;
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let directory: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-targets-"));
  for (const name of ["api", "web"]) {
    const place = join(directory, "services", name);
    mkdirSync(place, { recursive: true });
    cpSync(app.directory, place, { recursive: true });
    const more = '\n[io.github.cnb-dockerfile]\nsecrets = ["A_TOKEN"]\n';
    writeFileSync(
      join(place, "project.toml"),
      projectText(lab, `com.example.targets.${name}`, name === "api" ? more : ""),
    );
    writeFileSync(join(place, "name.txt"), `${name} ${Date.now()}`);
  }
});
afterAll(async () => {
  app.remove();
  rmSync(directory, { recursive: true, force: true });
  await lab.close();
});

async function generate(form: "--bake" | "--compose", file: string): Promise<void> {
  const { exitCode, stderr } = await cnbDockerfile(directory, [
    ...["generate", form, "-o", file, `--platform=${platform}`, `--image=${inject("toolImage")}`],
    ...[`--env=ODD=${oddValue}`, "services/api", "services/web"],
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
}

const bake = (file: string, words: readonly string[], tag: string) =>
  lab.buildx(["bake", `--file=${file}`, ...words], {
    cwd: directory,
    env: { A_TOKEN: "t", REGISTRY: `${lab.registry}/e2e/targets-`, TAG: tag },
  });

// buildx reads a compose file with the compose specification's own library, and checks it by its schema.
it.each([
  ["--bake", "docker-bake.hcl"],
  ["--compose", "compose.yaml"],
] as const)("`generate %s` makes a file that bake reads and builds", async (form, file) => {
  await generate(form, file);
  const { target } = JSON.parse((await bake(file, ["--print"], "x")).stdout);
  // What is printed is a bake file, in which such signs are doubled.
  const printed = (text: string) => text.replace(/([$%])\{/g, "$1$1{");
  expect(target.api).toMatchObject({
    ...{ context: "services/api", dockerfile: "project.toml", platforms: [platform] },
    args: { BUILDKIT_SYNTAX: inject("toolImage"), ODD: printed(oddValue) },
    secret: [{ id: "A_TOKEN", env: "A_TOKEN" }],
    tags: [`${lab.registry}/e2e/targets-api:x`],
  });
  expect(target.web.secret).toBeUndefined();
  await bake(file, ["--push", "--provenance=false"], form.slice(2));
  const digests = await Promise.all(
    ["api", "web"].map((name) =>
      digestOf(lab, `${lab.registry}/e2e/targets-${name}:${form.slice(2)}`, platform),
    ),
  );
  expect(new Set(digests).size).toBe(2);
});

it("both have the same images", async () => {
  for (const name of ["api", "web"]) {
    const [one, other] = await Promise.all(
      ["bake", "compose"].map((tag) => digestOf(lab, `${lab.registry}/e2e/targets-${name}:${tag}`, platform)),
    );
    expect(one).toBe(other);
  }
});
