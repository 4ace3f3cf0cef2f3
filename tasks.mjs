#!/usr/bin/env node
// Runs the project's tasks (`npm run …`) straight after a clone: installs the locked dependencies where they are missing
// or out of date, bundles the sources, and goes on under the Node version that the project pins. Plain JavaScript,
// because the Node that starts it may be an older one.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { billOfMaterials, bundledPackages, licenseTexts } from "./bundled-packages.mjs";

const root = dirname(fileURLToPath(import.meta.url));
/** Which lockfile node_modules follows. */
const stampFile = join(root, "node_modules", ".installed");
const isWindows = process.platform === "win32";
/** Programs of packages, as the files that Node.js runs: what npm puts into .bin starts otherwise on each system. */
const inPackages = (path) => join(root, "node_modules", path);
const [biome, tsc, vitest] = ["@biomejs/biome/bin/biome", "typescript/bin/tsc", "vitest/vitest.mjs"].map(
  inPackages,
);
/** The Node.js that the project pins. `CNB_DOCKERFILE_TASK_NODE=own`: the one that runs this file, to test with it. */
const pinnedNode = inPackages(isWindows ? "node/bin/node.exe" : "node/bin/node");
const taskNode = () =>
  process.env.CNB_DOCKERFILE_TASK_NODE === "own" || !existsSync(pinnedNode) ? process.execPath : pinnedNode;

/** Each task: what it needs, and the commands it runs in turn; arguments after the task's name go to the last, `argument` says how. */
const tasks = {
  build: { bundle: true, commands: [[tsc, "-p", "tsconfig.build.json"]] },
  test: { bundle: true, commands: [[vitest, "run", ...projects("unit", "golden")]] },
  dev: { bundle: true, commands: [[vitest, "watch", ...projects("unit", "golden")]] },
  "test:program": { bundle: true, commands: [[vitest, "run", ...projects("program")]] },
  "test:e2e": {
    bundle: true,
    commands: [[vitest, "run", ...projects("e2e", "alone")]],
    argument: endToEndTests,
  },
  "test:all": { bundle: true, commands: [[vitest, "run"]] },
  lint: {
    bundle: false,
    commands: [
      [biome, "check", "--error-on-warnings", "."],
      [tsc, "-p", "tsconfig.json"],
    ],
  },
  format: { bundle: false, commands: [[biome, "check", "--write", "."]] },
  demo: { bundle: true, commands: [["test/demo.ts"]] },
  compare: { bundle: true, commands: [["test/compare-commits.ts"]] },
  bench: { bundle: true, commands: [["test/bench/main.ts"]] },
  fuzz: { bundle: true, commands: [["test/fuzz.ts"]] },
  image: { bundle: true, commands: [["own-images/build-own-image.ts"]] },
  site: { bundle: false, commands: [["website/build.mjs"]], prepare: installWebsite },
  executable: { bundle: true, commands: [["release/executable.ts"]] },
  release: { bundle: true, commands: [["release/release.ts"]] },
  smoke: { bundle: true, commands: [["test/smoke.ts"]] },
  lab: { bundle: false, commands: [["test/lab/main.ts"]] },
};

async function main([name, ...args]) {
  // By npm itself, after `npm ci`: no task then installs everything again.
  if (name === "installed") {
    if (hasDependencies()) writeFileSync(stampFile, lockDigest());
    return 0;
  }
  const task = tasks[name];
  if (task === undefined) {
    console.error(`usage: node tasks.mjs ${Object.keys(tasks).join("|")} [ARGUMENT…]`);
    return 2;
  }
  await installDependencies();
  if (task.prepare !== undefined) await task.prepare();
  if (task.bundle) await bundle();
  for (const [index, command] of task.commands.entries()) {
    const last = index === task.commands.length - 1;
    const words = last ? args.map(task.argument ?? ((word) => word)) : [];
    const status = await run(taskNode(), [...command, ...words]);
    if (status !== 0) return status;
  }
  return 0;
}

function projects(...names) {
  return names.flatMap((name) => ["--project", name]);
}

/** The tests that a word means: a folder of test/e2e, or a file in one by its name. Flags and paths are vitest's. */
function endToEndTests(word) {
  if (word.startsWith("-") || word.includes("/")) return word;
  const place = join("test", "e2e");
  const folders = readdirSync(join(root, place), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const found = folders.find(
    ({ name }) => name === word || existsSync(join(root, place, name, `${word}.test.ts`)),
  );
  if (found !== undefined)
    return found.name === word ? join(place, word, "/") : join(place, found.name, `${word}.test.ts`);
  console.error(`test/e2e has neither a folder ${word} nor a file ${word}.test.ts.`);
  process.exit(2);
}

/** `npm ci`, unless node_modules is what the lockfile says. */
async function installDependencies() {
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockDigest()) return;
  console.error("Installing the dependencies that package-lock.json names…");
  const status = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (status !== 0) process.exit(status);
  writeFileSync(stampFile, lockDigest());
}

/** Not where npm left out what is for development, which all of it is: by `--omit=dev`, or for NODE_ENV=production. */
function hasDependencies() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.keys(devDependencies).every((name) => existsSync(inPackages(name)));
}

function lockDigest() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/** The site's generator has packages of its own, which nothing else needs. */
async function installWebsite() {
  const words = ["ci", "--prefix", join(root, "website"), "--no-audit", "--no-fund", "--loglevel=error"];
  const status = existsSync(join(root, "website", "node_modules")) ? 0 : await run("npm", words);
  if (status !== 0) process.exit(status);
}

/** The program in one file, for an executable that holds the files of the package. In: where it goes. */
export async function bundleExecutable(outfile) {
  const { build, stop } = await import("esbuild");
  const { precompile } = (await import("handlebars")).default;
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "warning",
    minify: true,
    entryPoints: ["src/cli/start-executable.ts"],
    outfile,
    define: { "import.meta.dirname": "__dirname", "import.meta.url": "__filename" },
    plugins: [compiledTemplates(precompile), requiredBuiltins, embeddedFiles],
  });
  await stop();
}

/** Files of the package come from the executable. */
const embeddedFiles = {
  name: "embedded-files",
  setup(build) {
    build.onLoad({ filter: /src\/package\/embedded-files\.ts$/ }, () => ({
      contents: `import { getAssetKeys, getRawAsset } from "node:sea";
export const embeddedNames = getAssetKeys();
export const embeddedFile = (name) => embeddedNames.includes(name) ? new Uint8Array(getRawAsset(name)) : undefined;`,
      loader: "js",
    }));
  },
};

/** Makes dist/: the program, the library, and the export program that runs inside builds. */
async function bundle() {
  // A release that was killed has left it, and no registry need have the image that it names.
  rmSync(join(root, "dist", "release.json"), { force: true });
  const { build, stop } = await import("esbuild");
  const { precompile } = (await import("handlebars")).default;
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.12",
    mainFields: ["module", "main"],
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [compiledTemplates(precompile)],
  };
  const results = await Promise.all([
    build({
      ...common,
      entryPoints: { main: "src/cli/start.ts", index: "src/index.ts" },
      outdir: "dist",
      splitting: true,
      chunkNames: "chunks/[name]-[hash]",
      minifySyntax: true,
      minifyWhitespace: true,
      plugins: [...common.plugins, requiredBuiltins],
      // Some of the libraries are CommonJS and ask for Node's own modules by `require`.
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
    }),
    // Stands in Dockerfiles as text: small, and without lines longer than BuildKit reads.
    build({
      ...common,
      entryPoints: ["src/export/main.ts"],
      outfile: "dist/export.mjs",
      minify: true,
      lineLimit: 120,
    }),
    // What BuildKit starts; one file, because it starts with every build.
    build({
      ...common,
      entryPoints: ["frontend/main.ts"],
      outfile: "dist/frontend.mjs",
      minify: true,
      plugins: [...common.plugins, requiredBuiltins],
      // In the place of the global of that name.
      inject: ["frontend/bridge/headers.ts"],
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
    }),
  ]);
  await stop();
  // With it, a package that no release made has all that the helper image is built from.
  copyFileSync(join(root, "frontend", "Dockerfile"), join(root, "dist", "image.Dockerfile"));
  removeStaleChunks(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const packages = bundledPackages(root, inputs);
  writeFileSync(join(root, "dist", "THIRD-PARTY-LICENSES.txt"), licenseTexts(packages));
  writeFileSync(join(root, "dist", "sbom.cdx.json"), await billOfMaterials(root, packages));
}

/**
 * Puts the templates into a bundle as code: neither the template compiler nor a folder has to come along. Stands for
 * `src/dockerfile/write/templates.ts`, which does the same from the folder.
 */
const compiledTemplates = (precompile) => ({
  name: "compiled-templates",
  setup(build) {
    build.onLoad({ filter: /src\/dockerfile\/write\/templates\.ts$/ }, () => {
      const directory = join(root, "templates");
      const names = readdirSync(directory).filter((name) => name.endsWith(".hbs"));
      const options = { strict: true, noEscape: true, knownHelpersOnly: true };
      const entries = names.map((name) => {
        const code = precompile(readFileSync(join(directory, name), "utf8"), options);
        return `${JSON.stringify(name)}: ${code},`;
      });
      const contents = `import Handlebars from "handlebars/runtime";
const compiled = {${entries.join("\n")}};
export const compileTemplate = (name) => Handlebars.template(compiled[name]);`;
      return {
        contents,
        resolveDir: root,
        loader: "js",
        watchFiles: names.map((name) => join(directory, name)),
      };
    });
  },
});

/**
 * Has Node's own modules required rather than imported: an import of `node:http` reads everything that it exports, and
 * so loads the whole of fetch, which takes longer than all of the frontend, and a quarter of a run of the program.
 */
const requiredBuiltins = {
  name: "required-builtins",
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind === "import-statement" && isBuiltin(path) ? { path, namespace: "builtin" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Chunks are named by their content; those of earlier bundles would only pile up. */
function removeStaleChunks(outputs) {
  const current = new Set(outputs.map((output) => basename(output)));
  const directory = join(root, "dist", "chunks");
  for (const name of readdirSync(directory))
    if (!current.has(name)) rmSync(join(directory, name), { force: true });
}

/** Runs a command in the project's directory with our Node first on the PATH. Out: its exit status. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const PATH = [dirname(taskNode()), inPackages(".bin"), process.env.PATH].join(delimiter);
    const child = spawn(command, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH },
      // There npm is a script of the shell's; no argument of ours has blanks.
      shell: isWindows && command === "npm",
    });
    // Ctrl-C reaches the child from the terminal; a kill of this process alone has to be handed on.
    const handOn = (signal) => child.kill(signal);
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, handOn);
    // npm that is killed tells nobody; work that nobody waits for any more has to end all the same.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid === parent || handOn("SIGTERM"), 500);
    child.on("error", reject);
    child.on("exit", (status, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, handOn);
      resolve(status ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

// Whoever imports the functions of this file runs no task, from whatever it is: a file, standard input, a word after `-e`.
const [, started = ""] = process.argv;
if (existsSync(started) && realpathSync(started) === realpathSync(fileURLToPath(import.meta.url)))
  process.exitCode = await main(process.argv.slice(2));
