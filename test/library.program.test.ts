import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usualDockerfile, usualImages, usualProject } from "./helpers/frontend.ts";

const root = join(import.meta.dirname, "..");
let project: string;

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "cnb-dockerfile-library-"));
  // The package as npm packs it, with what `npm run build` adds to the bundles that the tests have.
  await execa(join(root, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: root });
  const words = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const { stdout } = await execa("npm", words, { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  const installed = join(project, "node_modules/cnb-dockerfile");
  mkdirSync(installed, { recursive: true });
  await execa("tar", ["-xzf", join(project, filename), "-C", installed, "--strip-components=1"]);
  writeFileSync(join(project, "package.json"), '{ "name": "user", "private": true, "type": "module" }\n');
  writeFileSync(join(project, "images.json"), JSON.stringify(usualImages()));
  writeFileSync(join(project, "project.toml"), usualProject);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The same text is JavaScript and, with types, TypeScript. */
function text(types: boolean): string {
  const typed = (annotation: string) => (types ? annotation : "");
  return `import { readFileSync } from "node:fs";
import { CompileError, compile, compileOptions, formatDiagnostic, parsePlatform, readImageConfig } from "cnb-dockerfile";
${typed('import type { CompileHost, CompileRequest, Diagnostic, ImageSource, ModuleSource } from "cnb-dockerfile";')}

const configs${typed(": Record<string, string>")} = JSON.parse(readFileSync("images.json", "utf8"));
const images${typed(": ImageSource")} = {
  async resolve(reference, platforms) {
    const found = Object.entries(configs).flatMap(([key, json]) => {
      const [name, words = ""] = key.split(" ");
      const platform = parsePlatform(words);
      const config = readImageConfig(JSON.parse(json));
      return name?.startsWith(reference.name) && platform && config ? [{ platform, config }] : [];
    });
    const digest = "sha256:" + (reference.name.includes("builder") ? "b" : "c").repeat(64);
    const wanted = platforms === undefined ? found : found.filter(({ platform }) =>
      platforms.some(({ architecture }) => architecture === platform.architecture));
    return { reference, digest, available: found.map(({ platform }) => platform), images: wanted };
  },
};
const nothing = async () => undefined;
const modules${typed(": ModuleSource")} = {
  local: nothing, download: nothing, lookUp: async () => { throw new Error("nothing is looked up"); },
};
const warnings${typed(": Diagnostic[]")} = [];
const host${typed(": CompileHost")} = {
  images, modules, report: (warning) => void warnings.push(warning), gitPlace: nothing,
};
const request = (descriptor${typed(": string")})${typed(": CompileRequest")} => ({
  descriptor: { file: "project.toml", text: descriptor },
  options: compileOptions({
    descriptorPath: "project.toml",
    fallbackCacheId: "one app alone",
    tool: { kind: "image", reference: "registry.example/tool:1" },
  }),
});
const { files } = await compile(request(readFileSync("project.toml", "utf8")), host);
console.log(files.dockerfile);
try {
  await compile(request("[[["), host);
} catch (error) {
  if (!(error instanceof CompileError)) throw error;
  for (const diagnostic of error.diagnostics) {
    console.log(formatDiagnostic(diagnostic, { color: false, texts: new Map() }));
  }
}
`;
}

it("a project of JavaScript compiles another project with the package", async () => {
  writeFileSync(join(project, "use.js"), text(false));
  const { stdout } = await execa(execPath, ["use.js"], { cwd: project });
  const stages = usualDockerfile.match(/^FROM .*$/gm)?.map((line) => line.replace(/.* AS /, ""));
  expect(stdout.match(/^FROM .*$/gm)?.map((line) => line.replace(/.* AS /, ""))).toEqual(stages);
  expect(stdout).toContain("[descriptor/toml-syntax]");
});

it("a project of TypeScript does, by the package's types, all of them checked", async () => {
  writeFileSync(join(project, "use.ts"), text(true));
  const options = {
    ...{ strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true },
    ...{ module: "nodenext", target: "es2024", types: ["node"], noUncheckedIndexedAccess: true },
  };
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, files: ["use.ts"] }),
  );
  mkdirSync(join(project, "node_modules/@types"), { recursive: true });
  symlinkSync(join(root, "node_modules/@types/node"), join(project, "node_modules/@types/node"));
  const { stdout, exitCode } = await execa(join(root, "node_modules/.bin/tsc"), ["-p", "."], {
    cwd: project,
    reject: false,
  });
  expect(stdout).toBe("");
  expect(exitCode).toBe(0);
});

it("exports what a user of the library needs, and no more", async () => {
  const { stdout } = await execa(
    execPath,
    ["--input-type=module", "-e", 'console.log(Object.keys(await import("cnb-dockerfile")).join(" "))'],
    { cwd: project },
  );
  expect(stdout.split(" ").sort()).toEqual([
    "CompileError",
    "TemporaryError",
    "compile",
    "compileOptions",
    "formatDiagnostic",
    "parsePlatform",
    "parseReference",
    "readImageConfig",
    "version",
  ]);
});
