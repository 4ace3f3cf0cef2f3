/** `npm run smoke [-- --builder REF]`: builds a sample app with public builders, runs what came of it, and says what it saw. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import process, { argv, execPath, stdout } from "node:process";
import { parseArgs } from "node:util";
import { execa } from "execa";
import * as v from "valibot";
import type { Overview } from "../src/overview/overview.ts";
import type { Lab } from "./lab/lab.ts";
import { startLab } from "./lab/start.ts";
import { pushOwnImage } from "./own-image.ts";
import { copySampleApp } from "./workspace.ts";

const usage = `npm run smoke [-- --builder REF] [--platform linux/amd64] [--summary FILE]

Builds test/fixtures/apps/node-web with public builders, in the lab's BuildKit and with our frontend, starts the image and
asks it over HTTP. A builder whose registry does not answer, or that is not made for the platform, is skipped, with the reason.

  --builder REF    this builder instead of the public ones; can be repeated
  --platform NAME  default linux/amd64
  --summary FILE   also append the results to a file, as a table in Markdown
`;

/** A builder, and build-time variables with which it takes a Node version that it has. */
interface Target {
  readonly builder: string;
  readonly env: readonly string[];
}

const publicBuilders: readonly Target[] = [
  { builder: "heroku/builder:24", env: [] },
  { builder: "paketobuildpacks/builder-jammy-base", env: ["BP_NODE_VERSION=22.*"] },
  { builder: "gcr.io/buildpacks/builder", env: [] },
];

/** What became of a builder; lines say what was seen. */
interface Outcome {
  readonly verdict: "PASSED" | "FAILED" | "SKIPPED";
  readonly lines: readonly string[];
}

const program = join(import.meta.dirname, "..", "dist", "main.js");
/** What `plan` ends with where a registry does not answer. */
const temporaryStatus = 75;
/** What `plan` says of a builder that is not made for the platform. */
const otherPlatforms = new Set(["plan/platform-missing", "plan/buildpack-platform"]);
/** What the sample app says. */
const greeting = "Hello from a buildpack-built image";

const refusalSchema = v.object({
  diagnostics: v.array(v.object({ code: v.string(), message: v.string() })),
});
const configSchema = v.object({
  config: v.object({ Labels: v.object({ "io.buildpacks.build.metadata": v.string() }) }),
});
const metadataSchema = v.object({ buildpacks: v.array(v.object({ id: v.string(), version: v.string() })) });

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: argv.slice(2),
    options: {
      builder: { type: "string", multiple: true },
      platform: { type: "string", default: "linux/amd64" },
      summary: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    stdout.write(usage);
    return 0;
  }
  const targets = values.builder?.map((builder): Target => ({ builder, env: [] })) ?? publicBuilders;
  const lab = new LazyLab();
  const outcomes: Outcome[] = [];
  try {
    for (const target of targets) {
      stdout.write(`\n${target.builder}, ${values.platform}\n`);
      const outcome = await tryBuilder(target, values.platform, lab).catch((error: Error): Outcome => {
        return { verdict: "FAILED", lines: error.message.split("\n") };
      });
      outcomes.push(outcome);
      for (const line of [...outcome.lines, outcome.verdict]) stdout.write(`  ${line}\n`);
    }
    if (values.summary !== undefined)
      appendFileSync(values.summary, summaryTable(targets, values.platform, outcomes));
  } finally {
    await lab.close();
  }
  const count = (verdict: Outcome["verdict"]) => outcomes.filter((one) => one.verdict === verdict).length;
  const failed = count("FAILED");
  stdout.write(`\n${count("PASSED")} PASSED, ${failed} FAILED, ${count("SKIPPED")} SKIPPED\n`);
  return failed === 0 ? 0 : 1;
}

function summaryTable(targets: readonly Target[], platform: string, outcomes: readonly Outcome[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
  const rows = outcomes.map(({ verdict, lines }, index) => {
    const seen = lines.map((line) => line.replace(/ {2,}/, ": ")).join("\n");
    return `| ${cell(targets[index]?.builder ?? "")} | ${platform} | ${verdict.toLowerCase()} | ${cell(seen)} |\n`;
  });
  return `| builder | platform | result | details |\n|---|---|---|---|\n${rows.join("")}\n`;
}

/** The lab, started for the first builder that can be had: without internet there is nothing to start it for. */
class LazyLab {
  #started: Promise<{ readonly lab: Lab; readonly frontend: string }> | undefined;

  get(): Promise<{ readonly lab: Lab; readonly frontend: string }> {
    this.#started ??= startLab().then(async (lab) => ({ lab, frontend: await pushOwnImage(lab) }));
    return this.#started;
  }

  async close(): Promise<void> {
    await (await this.#started)?.lab.close();
  }
}

/** Throws where something else happens than that an image comes of it which runs. */
async function tryBuilder(target: Target, platform: string, lazyLab: LazyLab): Promise<Outcome> {
  const app = copySampleApp("node-web");
  try {
    const planned = await plan(target, platform, app.directory);
    if ("reason" in planned) return { verdict: "SKIPPED", lines: [planned.reason] };
    const { lab, frontend } = await lazyLab.get();
    const name = `${lab.registry}/smoke/${target.builder.replace(/[^a-z0-9]+/g, "-")}:1`;
    const started = Date.now();
    const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
    const built = await lab.buildx(
      [
        ...["build", "--progress=plain", "--provenance=false", `--platform=${platform}`, `--tag=${name}`],
        ...["--push", "--file=project.toml", `--build-arg=BUILDKIT_SYNTAX=${frontend}`],
        ...[`--build-arg=CNB_BUILDER=${target.builder}`, "--build-arg=CNB_PROCESS_TYPE=web"],
        ...[...target.env.map((variable) => `--build-arg=${variable}`), "."],
      ],
      { cwd: app.directory, reject: false },
    );
    if (built.exitCode !== 0) throw new Error(`the build failed:\n${lastLines(built.stderr)}`);
    const builtIn = seconds();
    const { builder, runImage, platformApi, lifecycleVersion } = planned.overview;
    return {
      verdict: "PASSED",
      lines: [
        `builder     ${builder.name}@${builder.digest ?? "?"}`,
        `run image   ${runImage.name}@${runImage.digest ?? "?"}`,
        `lifecycle   ${lifecycleVersion}, Platform API ${platformApi}`,
        `built       in ${builtIn}, by ${(await buildpacksOf(lab, name, platform)).join(", ")}`,
        `answered    ${await ask(lab, name, platform)}`,
      ],
    };
  } finally {
    app.remove();
  }
}

/** What `plan` says of the builder; a reason where its registry, or that of its run image, does not answer. */
async function plan(
  { builder }: Target,
  platform: string,
  directory: string,
): Promise<{ readonly overview: Overview } | { readonly reason: string }> {
  const words = ["plan", "--json", `--builder=${builder}`, `--platform=${platform}`];
  const result = await execa(execPath, ["--", program, ...words], { cwd: directory, reject: false });
  if (result.exitCode === 0) return { overview: JSON.parse(result.stdout) as Overview };
  const { diagnostics } = v.parse(refusalSchema, JSON.parse(result.stdout));
  const reason = diagnostics.map(({ code, message }) => `${message} [${code}]`).join("\n");
  if (result.exitCode === temporaryStatus) return { reason };
  if (diagnostics.length > 0 && diagnostics.every(({ code }) => otherPlatforms.has(code))) return { reason };
  throw new Error(reason);
}

/** `heroku/nodejs-engine@3.2.0`, in the order in which they ran. */
async function buildpacksOf(lab: Lab, name: string, platform: string): Promise<string[]> {
  const { stdout: config } = await lab.crane(["config", `--platform=${platform}`, name]);
  const { Labels } = v.parse(configSchema, JSON.parse(config)).config;
  const { buildpacks } = v.parse(metadataSchema, JSON.parse(Labels["io.buildpacks.build.metadata"]));
  return buildpacks.map(({ id, version }) => `${id}@${version}`);
}

/** Starts the image and asks it. Out: what it said. Throws where it says something else than the app would. */
async function ask(lab: Lab, name: string, platform: string): Promise<string> {
  const container = await lab.run(name, platform);
  try {
    const answer = await container.get("/");
    const text = (await answer.text()).trim();
    if (!text.includes(greeting)) throw new Error(`it answers ${answer.status}: ${text}`);
    return `${answer.status} ${text}`;
  } finally {
    await container.stop();
  }
}

function lastLines(log: string): string {
  return log.trimEnd().split("\n").slice(-25).join("\n");
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
