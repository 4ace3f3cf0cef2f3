import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { runBuild } from "../build-steps.ts";
import { generate, projectText } from "../steps.ts";

/** Nothing listens there: a build that asks for it fails, with its name. */
const other = "127.0.0.1:9/other/frontend:1";
/** How progress tells that it is asked for; an excerpt of a file names it, too. */
const asked = `docker-image://${other}`;
const platform = "--platform=linux/amd64";
const detect = [platform, "--target=detect", "--output=type=cacheonly", "--progress=plain", "."];
let lab: Lab;
let app: ReturnType<typeof copySampleApp>;
let ours: string;
let made: string;

beforeAll(async () => {
  lab = await startLab();
  app = copySampleApp("procfile");
  ours = `# syntax=${inject("toolImage")}\n`;
  writeFileSync(join(app.directory, "project.toml"), projectText(lab, "e2e.other-frontend"));
  made = await generate(app.directory, []);
});
afterAll(async () => {
  app.remove();
  await lab.close();
});

/** Heads of a Dockerfile or project.toml by which BuildKit's own frontend would call another one. */
const heads: readonly (readonly [head: string, text: string])[] = [
  ["a second `# syntax=` line", `# syntax=${other}\n`],
  ["a `// syntax=` line", `// syntax=${other}\n`],
  ["U+0085 before the word", `#\u0085syntax=${other}\n`],
];

function write(name: string, text: string): void {
  writeFileSync(join(app.directory, name), text);
}

async function byBuildx(file: string) {
  return lab.buildx(["build", `--file=${file}`, ...detect], { cwd: app.directory, reject: false });
}

describe.each(heads)("%s", (_, head) => {
  it("is a call of another frontend for BuildKit's own, or this would prove nothing", async () => {
    write("Dockerfile", `${head}FROM scratch\n`);
    const { exitCode, stderr } = await byBuildx("Dockerfile");
    expect(stderr).toContain(asked);
    expect(exitCode).not.toBe(0);
  });

  it.each(["buildx", "buildkit"])(
    "calls none in a generated Dockerfile that `build` builds by %s",
    async (engine) => {
      // What is no comment of a Dockerfile's ends the build; no frontend is called for it either.
      const isDockerfile = !head.startsWith("//");
      for (const before of ["", ours]) {
        write("made.Dockerfile", `${before}${head}${made}`);
        const words = [`--engine=${engine}`, "--file=made.Dockerfile", ...detect];
        const { exitCode, stderr } = await runBuild(lab, app.directory, words);
        expect(stderr).not.toContain(asked);
        expect(exitCode, stderr).toBe(isDockerfile ? 0 : 1);
        expect(stderr).toContain(isDockerfile ? "[detect " : "unknown instruction: //");
      }
    },
  );

  it("calls none in a generated Dockerfile that plain buildx hands to our frontend", async () => {
    write("made.Dockerfile", `${ours}${head}${made}`);
    const { exitCode, stderr } = await byBuildx("made.Dockerfile");
    expect(stderr).not.toContain(asked);
    expect(exitCode === 0, stderr).toBe(!head.startsWith("//"));
  });

  it.each(["buildx", "buildkit", "plain buildx"])("calls none in a project.toml, by %s", async (engine) => {
    // In TOML, only `#` begins a comment.
    const line = head.startsWith("//") ? `# ${head}` : head;
    const text = readFileSync(join(app.directory, "project.toml"), "utf8");
    write("other.toml", `${ours}${line}${text}`);
    const { exitCode, stderr } =
      engine === "plain buildx"
        ? await byBuildx("other.toml")
        : await runBuild(lab, app.directory, [`--engine=${engine}`, "--file=other.toml", ...detect]);
    expect(stderr).not.toContain(asked);
    expect(exitCode, stderr).toBe(0);
  });
});
