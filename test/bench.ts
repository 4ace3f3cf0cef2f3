/** `npm run bench`: how long the main job takes, and how much memory `generate` needs. Prints medians, judges nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { argv, execPath, stdout } from "node:process";
import { execa } from "execa";
import { benchEphemeral } from "./bench-ephemeral.ts";
import { benchFleet } from "./bench-fleet.ts";
import { compare } from "./bench-pairs.ts";
import {
  compileLarge,
  type LargeProject,
  longGroup,
  manyGroups,
  manyVariables,
} from "./helpers/large-projects.ts";
import { median } from "./helpers/median.ts";
import type { Lab } from "./lab/lab.ts";
import { startLab } from "./lab/start.ts";
import { packOwnImage, pushOwnImage } from "./own-image.ts";
import { copySampleApp } from "./workspace.ts";

const program = join(import.meta.dirname, "..", "dist", "main.js");
const platforms = "linux/amd64,linux/arm64";

/** `npm run bench -- pack frontend`: these alone; without a name, all of them. */
function isAsked(name: string): boolean {
  const names = argv.slice(2);
  return names.length === 0 || names.includes(name);
}

async function bench(): Promise<void> {
  if (isAsked("compile")) await benchCompile();
  const lab = await startLab();
  const app = copySampleApp("node-web");
  try {
    const toolImage = await pushOwnImage(lab);
    if (isAsked("generate")) await benchGenerate(lab, app.directory);
    if (isAsked("build")) await benchBuild(lab, app.directory, toolImage);
    writeSyntaxLine(lab, app.directory, toolImage);
    if (isAsked("pack")) await benchBesidePack(lab, app.directory);
    if (isAsked("npm")) await benchNpm(lab);
    if (isAsked("frontend")) await benchFrontend(lab, app.directory);
    if (isAsked("engines")) await benchEngines(lab, app.directory);
    if (isAsked("ephemeral")) {
      await packOwnImage(lab);
      await benchEphemeral(lab, app.directory);
    }
    if (isAsked("fleet")) {
      await packOwnImage(lab);
      await benchFleet(lab);
    }
  } finally {
    app.remove();
    await lab.close();
  }
}

/** What ten times as much takes: an order of 1,000 entries beside one of 100, 10,000 variables beside 1,000. */
async function benchCompile(): Promise<void> {
  await pair("compile, a group of buildpacks", longGroup, 100, 1000);
  await pair("compile, a builder's groups with an entry around each", manyGroups, 100, 1000);
  await pair("compile, build-time variables", manyVariables, 1000, 10_000);
}

/** Compiles a small and a large project in turn, so that whatever else the machine does slows both. */
async function pair(
  what: string,
  make: (count: number) => LargeProject,
  small: number,
  large: number,
): Promise<void> {
  const timed = async (project: LargeProject): Promise<number> => {
    const start = performance.now();
    await compileLarge(project);
    return performance.now() - start;
  };
  const [few, many] = [make(small), make(large)];
  const pairs: (readonly [number, number])[] = [];
  for (let index = 0; index <= 15; index++) pairs.push([await timed(few), await timed(many)]);
  // The first one compiles our own code.
  const sorted = (values: readonly number[]) => values.slice(1).sort((a, b) => a - b);
  const fewMs = median(sorted(pairs.map(([ms]) => ms)));
  const manyMs = median(sorted(pairs.map(([, ms]) => ms)));
  const ratio = median(sorted(pairs.map(([a, b]) => b / a)));
  stdout.write(
    `${what.padEnd(58)} ${small}: median ${fewMs.toFixed(0)} ms, ${large}: ${manyMs.toFixed(0)} ms, ${ratio.toFixed(1)} times as long\n`,
  );
}

/** One finished run of a program. */
interface Run {
  readonly wallMs: number;
  /** Absent: not measured. */
  readonly peakMiB?: number;
}

async function benchGenerate(lab: Lab, directory: string): Promise<void> {
  const pin = async (name: string) => `${name}@${(await lab.crane(["digest", name])).stdout}`;
  const pinned = ["--builder", await pin(lab.images.builder), "--run-image", await pin(lab.images.runBase)];
  await row("generate, metadata at hand (images by digest)", 20, () => generate(directory, pinned));
  await row("generate, tags asked of a registry", 20, () =>
    generate(directory, ["--builder", lab.images.builder]),
  );
  await row("generate, a builder of forty buildpacks", 20, () =>
    generate(directory, ["--builder", lab.images.builderLarge]),
  );
}

/** Runs `generate` as a process of its own, which reports its own peak memory on file descriptor 3. */
async function generate(directory: string, words: readonly string[]): Promise<Run> {
  const report =
    'import{writeSync}from"node:fs";process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))';
  const start = performance.now();
  const { stdio } = await execa(execPath, [program, "generate", ...words], {
    cwd: directory,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  return { wallMs: performance.now() - start, peakMiB: Number(stdio[3]) / 1024 };
}

async function benchBuild(lab: Lab, directory: string, toolImage: string): Promise<void> {
  const { stdout: dockerfile } = await execa(
    execPath,
    [program, "generate", "--builder", lab.images.builder, `--cache-id=bench-${Date.now()}`],
    { cwd: directory, env: { CNB_DOCKERFILE_IMAGE: toolImage }, stripFinalNewline: false },
  );
  const file = join(directory, "..", "Dockerfile");
  writeFileSync(file, dockerfile);
  const build = async (): Promise<Run> => {
    const name = `${lab.registry}/bench/node-web:1`;
    const words = [
      "build",
      `--platform=${platforms}`,
      `--file=${file}`,
      `--tag=${name}`,
      "--push",
      directory,
    ];
    const start = performance.now();
    await lab.buildx(words);
    return { wallMs: performance.now() - start };
  };
  let change = 0;
  const changed = () => {
    writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${change++}`);
    return build();
  };
  await row("build of two platforms, nothing in the buildpacks' cache", 1, changed);
  await row("build of two platforms, one source file changed", 5, changed);
  await row("build of two platforms, nothing changed", 5, build);
}

/** The frontend and `pack build`, one platform each, turn by turn: both feel the machine's other work alike. */
async function benchBesidePack(lab: Lab, directory: string): Promise<void> {
  const { environment } = await lab.docker();
  const pack = () =>
    lab.pack(["build", `${lab.registry}/bench/pack`, "--publish", "--network=host", "--trust-builder"], {
      cwd: directory,
      env: environment,
    });
  const ours = () =>
    lab.buildx(
      [
        "build",
        "--file=project.toml",
        "--platform=linux/amd64",
        `--tag=${lab.registry}/bench/ours`,
        "--push",
        ".",
      ],
      { cwd: directory },
    );
  await Promise.all([pack(), ours()]);
  const sides = [
    { title: "pack", run: pack },
    { title: "ours", run: ours },
  ] as const;
  await compare("beside pack, nothing changed", 9, sides);
  const change = () => writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${Math.random()}`);
  await compare("beside pack, one source line changed", 9, sides, change);
}

/** A layer for launch alone with real npm packages, as npm buildpacks have it, at its own place: `lab/node` has another one. */
const npmGroup = `
[[io.buildpacks.group]]
id = "lab/node"

[[io.buildpacks.group]]
id = "example/npm"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
set -eu
modules=$1/modules
lock=$(sha256sum packages/package-lock.json | cut -d " " -f 1)
if grep -qs "lock = \\"$lock\\"" "$modules.toml"; then
  echo "keeping layer 'modules'"
else
  echo "installing modules"
  rm -rf "$modules"
  mkdir -p "$modules"
  cp packages/package.json packages/package-lock.json "$modules/"
  (cd "$modules" && npm_config_registry="\${NPM_CONFIG_REGISTRY%/}" npm_config_cache=/tmp/npm npm_config_audit=false \
    npm_config_fund=false NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm ci --omit=dev --ignore-scripts)
fi
printf '[types]\\nlaunch = true\\n\\n[metadata]\\nlock = "%s"\\n' "$lock" >"$modules.toml"
'''
`;

/** One line changed of an app whose modules are in the image alone. */
async function benchNpm(lab: Lab): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-npm-"));
  try {
    const packages = join(directory, "packages");
    mkdirSync(packages);
    const dependencies = { express: "4.21.2", lodash: "4.17.21", "core-js": "3.39.0", typescript: "5.6.3" };
    writeFileSync(
      join(packages, "package.json"),
      JSON.stringify({ name: "bench", version: "1.0.0", dependencies }),
    );
    await execa("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved"], {
      cwd: packages,
    });
    for (const [file, text] of [
      ["server.js", ""],
      ["package.json", "{}\n"],
    ] as const)
      writeFileSync(join(directory, file), text);
    writeFileSync(
      join(directory, "project.toml"),
      `[_]
schema-version = "0.2"
id = "com.example.bench-npm-${Date.now()}"
[io.buildpacks]
builder = "${lab.images.builder}"
${npmGroup}`,
    );
    await packOwnImage(lab);
    const { environment } = await lab.docker();
    const pack = () =>
      lab.pack(
        ["build", `${lab.registry}/bench/npm-pack`, "--publish", "--network=host", "--trust-builder"],
        {
          ...{ cwd: directory, env: environment },
        },
      );
    const ours = () =>
      execa(
        execPath,
        [program, "build", "--platform=linux/amd64", `--tag=${lab.registry}/bench/npm-ours`, "--push", "."],
        { cwd: directory, env: { ...lab.environment, CNB_DOCKERFILE_IMAGE: "" }, stdin: "ignore" },
      );
    const sides = [
      { title: "pack", run: pack },
      { title: "ours", run: ours },
    ] as const;
    await compare("beside pack, npm, first build", 1, sides);
    const change = () => writeFileSync(join(directory, "changed.txt"), `${Date.now()} ${Math.random()}`);
    await compare("beside pack, npm, one source line changed", 7, sides, change);
    change();
    const { stderr } = await ours();
    stdout.write(`${/keeping layer 'modules'/.exec(stderr)?.[0] ?? "the layer was not kept"}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `build` of an unchanged app beside the command of buildctl's that it stands for, which finds a BuildKit running. */
async function benchEngines(lab: Lab, directory: string): Promise<void> {
  await packOwnImage(lab);
  const state = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-"));
  const archive = join(state, "app.tar");
  const own = (...words: string[]) =>
    execa(
      execPath,
      [program, "build", "--platform=linux/amd64", "-o", `type=oci,dest=${archive}`, ...words, "."],
      {
        cwd: directory,
        env: { ...lab.environment, XDG_DATA_HOME: state, CNB_DOCKERFILE_IMAGE: "" },
        stdin: "ignore",
      },
    );
  try {
    const { stdout: command } = await own("--engine=buildkit", "--dry-run");
    const plain = () => execa("sh", ["-c", command], { cwd: directory, env: lab.environment });
    for (const engine of ["buildkit", "buildx", "daemonless"]) {
      const ours = () => own(`--engine=${engine}`);
      await Promise.all([plain(), ours()]);
      const sides = [
        { title: "buildctl", run: plain },
        { title: "ours", run: ours },
      ] as const;
      await compare(`build, engine ${engine}, nothing changed`, 9, sides);
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

function writeSyntaxLine(lab: Lab, directory: string, toolImage: string): void {
  const descriptor = `# syntax=${toolImage}\n[_]\nschema-version = "0.2"\nid = "bench"\n\n[io.buildpacks]\nbuilder = "${lab.images.builder}"\n`;
  writeFileSync(join(directory, "project.toml"), descriptor);
}

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
}

/**
 * What a build that changes nothing spends on the frontend itself, by BuildKit's own clock: until its first step, container
 * and all, and in all the time in which no step runs, up to the export.
 */
async function benchFrontend(lab: Lab, directory: string): Promise<void> {
  const build = async () => {
    const words = ["build", "--file=project.toml", "--progress=rawjson", `--platform=${platforms}`];
    const name = `${lab.registry}/bench/frontend`;
    return (await lab.buildx([...words, `--tag=${name}`, "--push", "."], { cwd: directory })).stderr;
  };
  await build();
  const runs: (readonly [number, number])[] = [];
  for (let index = 0; index < 15; index++) runs.push(frontendTimes(await build()));
  const sorted = (which: 0 | 1) => runs.map((times) => times[which]).sort((a, b) => a - b);
  for (const [which, what] of [
    [0, "frontend, from its image to its first step"],
    [1, "frontend, all between its image and the export but steps"],
  ] as const) {
    const [least = 0] = sorted(which);
    stdout.write(
      `${what.padEnd(58)} median ${median(sorted(which)).toFixed(0).padStart(6)} ms (from ${least.toFixed(0)}, ${runs.length} runs)\n`,
    );
  }
}

/** Milliseconds: until the first step of the frontend, and of all that is no step. In: progress as JSON lines. */
function frontendTimes(log: string): readonly [number, number] {
  const vertices = new Map<string, Vertex>();
  for (const line of log.split("\n").filter((text) => text.startsWith("{"))) {
    const { vertexes = [] }: { vertexes?: Vertex[] } = JSON.parse(line);
    for (const vertex of vertexes) vertices.set(vertex.digest, vertex);
  }
  const steps = [...vertices.values()].flatMap(({ name, started, completed }) =>
    started === undefined || completed === undefined
      ? []
      : [{ name, startMs: Date.parse(started), endMs: Date.parse(completed) }],
  );
  steps.sort((a, b) => a.startMs - b.startMs);
  const image = steps.find(({ name }) => name.startsWith("resolve image config"))?.endMs ?? Number.NaN;
  const end = steps.find(({ name }) => name === "exporting to image")?.startMs ?? Number.NaN;
  const own = steps.filter(({ startMs }) => startMs >= image && startMs < end);
  let freeMs = 0;
  let busyUntil = image;
  for (const { startMs, endMs } of [...own, { startMs: end, endMs: end }]) {
    freeMs += Math.max(startMs - busyUntil, 0);
    busyUntil = Math.max(busyUntil, endMs);
  }
  const first = own.find(({ name }) => name.startsWith("[internal] load"))?.startMs ?? Number.NaN;
  return [first - image, freeMs];
}

async function row(what: string, count: number, run: () => Promise<Run>): Promise<void> {
  // The first of several fills caches and does not count.
  if (count > 1) await run();
  const runs: Run[] = [];
  for (let index = 0; index < count; index++) runs.push(await run());
  const wall = runs.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
  const peak = runs.flatMap(({ peakMiB }) => peakMiB ?? []).sort((a, b) => a - b);
  const memory = peak.length === 0 ? "" : `, peak memory ${median(peak).toFixed(0)} MiB`;
  const range = count === 1 ? "" : ` (${wall[0]?.toFixed(0)} to ${wall.at(-1)?.toFixed(0)}, ${count} runs)`;
  stdout.write(`${what.padEnd(58)} median ${median(wall).toFixed(0).padStart(6)} ms${range}${memory}\n`);
}

await bench().catch((error: Error) => {
  process.stderr.write(`The benchmark failed: ${error.message}\n`);
  process.exitCode = 1;
});
