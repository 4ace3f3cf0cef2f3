/**
 * `npm run bench`: how long builds take by pack, by our doors and by a hand-written Dockerfile, side by side, and what they need.
 * Judges nothing by its exit status.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import process, { argv, env, stderr, stdout } from "node:process";
import { ExecaError, execa } from "execa";
import type { Lab } from "../lab/lab.ts";
import { npmRegistry } from "../lab/npm-package.ts";
import { checkout } from "../lab/paths.ts";
import { startLab } from "../lab/start.ts";
import { packOwnImage, pushOwnImage } from "../own-image.ts";
import { type BenchOrder, readArguments, usage } from "./arguments.ts";
import { runBench } from "./others/others.ts";
import { changesText } from "./report/compare.ts";
import { readReport, reportJson } from "./report/json.ts";
import { renewPage, reportMarkdown } from "./report/markdown.ts";
import { reportSvg } from "./report/svg.ts";
import { rowText } from "./report/text.ts";
import type { BenchReport, RowResult } from "./results.ts";
import { runRow } from "./run-row.ts";
import { scenarioOf } from "./scenarios/scenarios.ts";
import { farSite, nearSite } from "./scenarios/site.ts";

/** What BuildKit keeps of a row, or all of them together fill the disk. */
const keptMB = 8_000;

async function main(): Promise<number> {
  const order = readOrder();
  if (order === undefined) return 2;
  const earlier = order.compare === undefined ? undefined : readReport(readFileSync(order.compare, "utf8"));
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-"));
  // Also when it is interrupted.
  process.once("exit", () => rmSync(work, { recursive: true, force: true }));
  const lab = await startLab();
  try {
    for (const bench of order.benches) await runBench(lab, bench);
    if (order.rows.length === 0) return 0;
    const report = await runMatrix(lab, order, work);
    write(order.json, () => reportJson(report));
    write(order.markdown, (page) => renewPage(page, reportMarkdown(report)));
    write(order.svg, () => reportSvg(report));
    if (earlier !== undefined) stdout.write(changesText(earlier, report));
    const verdicts = report.rows.flatMap((row) => row.verdicts);
    stdout.write(`${verdicts.filter(({ isMet }) => isMet).length} of ${verdicts.length} targets hold.\n`);
  } finally {
    await lab.close();
  }
  return 0;
}

/** Undefined: the words are no order, and the user was told. */
function readOrder(): BenchOrder | undefined {
  try {
    return readArguments(argv.slice(2));
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return undefined;
  }
}

async function runMatrix(
  lab: Lab,
  { rows, rounds, isQuick }: BenchOrder,
  work: string,
): Promise<BenchReport> {
  const start = performance.now();
  const say = (text: string) =>
    stderr.write(`${((performance.now() - start) / 1000).toFixed(0).padStart(5)} s  ${text}\n`);
  const syntax = await pushOwnImage(lab);
  await packOwnImage(lab);
  const near = nearSite(lab, syntax);
  const surroundings = {
    lab,
    npmRegistry: await npmRegistry(),
    work,
    runId: Date.now().toString(36),
  };
  const plantedDelay = Number(env.CNB_DOCKERFILE_BENCH_DELAY ?? 0);
  const results: RowResult[] = [];
  for (const row of rows) {
    const place = join(work, row.name);
    const site = scenarioOf(row.scenario).isFar === true ? await farSite(lab, syntax) : near;
    try {
      const result = await runRow({ ...surroundings, site, work: place }, row, {
        rounds: rounds(row),
        plantedDelay,
        say,
      });
      stdout.write(`${rowText(result)}\n`);
      results.push(result);
    } catch (error) {
      // A program that fails costs its own row alone.
      if (!(error instanceof ExecaError)) throw error;
      say(
        `${row.name} is left out: ${error.shortMessage}\n${String(error.stderr || error.stdout)
          .split("\n")
          .slice(-8)
          .join("\n")}`,
      );
    } finally {
      await site.close();
    }
    rmSync(place, { recursive: true, force: true });
    await lab.buildctl(["prune", "--all", `--keep-storage=${keptMB}`]);
  }
  const { stdout: commit } = await execa("git", ["describe", "--always", "--dirty"], { cwd: checkout });
  return { version: 1, commit, cores: cpus().length, isQuick, rows: results };
}

/** In: what makes the file's text from what is in it now. */
function write(file: string | undefined, text: (before: string) => string): void {
  if (file !== undefined) writeFileSync(file, text(existsSync(file) ? readFileSync(file, "utf8") : ""));
}

process.exitCode = await main();
