import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ShownCommand, shownCommands } from "../../helpers/shown-commands.ts";
import { oddZip } from "../../helpers/zip.ts";
import { type FileServer, serveFiles } from "../../lab/file-server.ts";
import { type GitServer, serveGit } from "../../lab/git-server.ts";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";

const root = join(import.meta.dirname, "../../..");

/** What cannot be run here, and why; `commands.test.ts` reads these as the programs do. */
const onlyRead: readonly (readonly [command: RegExp, why: string])[] = [
  [/^git clone https:\/\/github\.com|^npm |^cosign |^gh |^kubectl /, "it needs the internet or an account"],
  [/^docker (?:run|load) /, "the lab has no docker command; images are run by other tests"],
  [/^(?:mvn|pack) /, "another program's command"],
  [
    /^(?:podman|limactl|colima|systemctl) |podman-container:|^export (?:BUILDKIT_HOST|BUILDKIT_TLS_DIR|DOCKER_HOST)=|--driver docker-container|--buildx-builder podman /,
    "the lab has no podman and no virtual machine",
  ],
  [
    /^docker buildx (?:prune|history rm) |^docker buildx prune$|^buildctl prune |^(?:du|rm|unshare) /,
    "it deletes what others use",
  ],
  [/^docker compose /, "the lab has no docker compose; buildx builds the compose file elsewhere"],
  [/--driver kubernetes|--buildx-builder fleet/, "the lab has no cluster"],
  [/^sha256sum --check/, "there is no release yet"],
  [/^source |completion fish/, "it changes the reader's shell"],
  [/examples\/(?:go|java|python|static)\b/, "the lab's builders have no such buildpack"],
];
/** What another test runs with the same words or more. */
const elsewhere: readonly (readonly [command: RegExp, test: string])[] = [
  [/generate --detected /, "extensions/detected.test.ts"],
  [/--builder paketobuildpacks\/ubi-9-builder /, "extensions/extensions.test.ts"],
  [/--extension \.\/extensions\/fonts /, "extensions/extension-flag.test.ts"],
  [/target\/(?:cart|app)-1\.0\.jar/, "archives/archives.test.ts"],
  [/-g git@git\.example/, "git-sources/ssh.test.ts"],
  [/oci-layout:\/\/\.\/builder/, "frontend/frontend-contexts.test.ts"],
  [/BUILDPLATFORM=/, "engines/self-emulated.test.ts"],
  [/^cnb-dockerfile rebase /, "rebase/rebase.test.ts"],
  [/scanner|imagetools inspect/, "supply-chain/scanner.test.ts"],
  [/--fail-on|scan-config=/, "supply-chain/gate.test.ts"],
  [/cli-plugins|^docker cnb /, "commands/executable.test.ts"],
  [/generate --(?:bake|compose) |buildx bake\b/, "commands/generate-targets.test.ts"],
  [/--proxy-network|--downloads |--allowed-downloads /, "registry/downloads.test.ts"],
  [/plan --detect|--target detected /, "commands/plan-detect.test.ts"],
  [/^BUILDKIT_HOST=\S+,\S+ /, "caching/cache-image.test.ts"],
];

const isShown = (file: string) => /^(?:README\.md|docs\/(?:start|guides)\/|examples\/)/.test(file);
const commands = shownCommands(isShown);
const runnable = commands.filter(
  ({ text }, index) =>
    ![...onlyRead, ...elsewhere].some(([pattern]) => pattern.test(text)) && !isRepeated(text, index),
);

/** Whether an earlier page has the same build: it is run there, of the same app, and leaves nothing in its directory. */
function isRepeated(text: string, index: number): boolean {
  const first = commands.findIndex((command) => command.text === text);
  return first < index && commands[first]?.file !== commands[index]?.file && /\bbuild --/.test(text);
}

let lab: Lab;
let work: string;
let git: GitServer;
let files: FileServer;

beforeAll(async () => {
  lab = await startLab();
  work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-docs-"));
  mkdirSync(join(work, "bin"));
  const script = (name: string, text: string) =>
    writeFileSync(join(work, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script("cnb-dockerfile", `exec '${process.execPath}' -- '${join(root, "dist", "main.js")}' "$@"`);
  // There is buildx here, and no docker.
  script("docker", `[ "$1" = buildx ] || exit 127\nshift\nexec docker-buildx "$@"`);
  mkdirSync(join(work, "served"));
  const shop = join(work, "shop");
  writeApp(shop);
  const run = (...words: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], { cwd: shop });
  await run("init", "--quiet");
  await run("add", ".");
  await run("commit", "--quiet", "--message=shop");
  await run("tag", "v1.2");
  shareBuildpack(shop);
  await run("commit", "--quiet", "--all", "--message=shared");
  await run("clone", "--quiet", "--bare", ".", join(work, "served", "shop.git"));
  git = await serveGit(join(work, "served"));
  await execa("tar", ["-czf", join(work, "served", "cart.tgz"), "Procfile", "project.toml"], { cwd: shop });
  files = await serveFiles(join(work, "served"));
});
afterAll(async () => {
  await git.close();
  await files.close();
  rmSync(work, { recursive: true, force: true });
  await lab.close();
});

/** An app with everything that the pages' commands name. */
function writeApp(directory: string, id = "com.example.shop"): void {
  const put = (name: string, text: string, mode = 0o644) => {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text, { mode });
  };
  const described = (app: string) =>
    `# syntax=${inject("toolImage")}\n[_]\nschema-version = "0.2"\nid = "${app}"\n\n[io.buildpacks]\nbuilder = "${lab.images.builder}"\n`;
  put("project.toml", described(id));
  put("Procfile", "web: echo hello\n");
  put("services/cart/project.toml", described(`${id}.cart`));
  put("services/cart/Procfile", "web: echo cart\n");
  for (const place of ["buildpacks/acme", "../acme"]) writeBuildpack(join(directory, place));
  for (const [name, text] of Object.entries({ username: "app", password: "p", type: "postgresql" }))
    put(`db/${name}`, text);
  put("user.txt", "app");
  put("password.txt", "p");
}

/** Has the cart name a buildpack that is outside of it. */
function shareBuildpack(directory: string): void {
  const groups = `\n[[io.buildpacks.group]]\nuri = "../../buildpacks/acme"\n\n[[io.buildpacks.group]]\nid = "lab/procfile"\n`;
  appendFileSync(join(directory, "services/cart/project.toml"), groups);
}

function writeBuildpack(directory: string): void {
  cpSync(join(root, "examples", "monorepo", "shared", "stamp"), directory, { recursive: true });
}

/** A directory for the commands of a page, which are run in turn. */
async function workspace(page: string): Promise<string> {
  const directory = join(mkdtempSync(join(work, "page-")), "app");
  writeApp(directory, `com.example.docs.${page.replaceAll(/\W/g, "-")}`);
  const entry = (name: string) => ({ name, content: readFileSync(join(directory, name)) });
  const names = ["Procfile", "project.toml", "services/cart/Procfile"];
  const cart = { name: "services/cart/project.toml", content: readFileSync(join(directory, "project.toml")) };
  writeFileSync(join(directory, "cart.zip"), oddZip([...names.map(entry), cart]));
  await execa("tar", ["-czf", "cart.tgz", "Procfile", "project.toml"], { cwd: directory });
  await execa("git", ["init", "--quiet"], { cwd: directory });
  if (page === "docs/guides/sources.md")
    writeFileSync(join(directory, "Dockerfile"), "FROM scratch AS t\nARG A\nCOPY Procfile /\n");
  if (page === "docs/guides/buildpacks.md") shareBuildpack(directory);
  cpSync(join(root, "examples"), join(directory, "examples"), { recursive: true });
  for (const name of readdirSync(join(directory, "examples"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith("project.toml")) continue;
    const file = join(directory, "examples", name);
    writeFileSync(file, atHome(readFileSync(file, "utf8")));
  }
  return directory;
}

/** What a page names as it is called here. */
function atHome(text: string): string {
  return (
    text
      .replaceAll("heroku/builder:24", lab.images.builder)
      .replaceAll("heroku/procfile", "lab/procfile")
      .replaceAll(
        /(?:REGISTRY|ghcr\.io\/cnb-dockerfile|registry\.example)\/cnb-dockerfile:0\.1\.0/g,
        inject("toolImage"),
      )
      .replaceAll("registry.example/", `${lab.registry}/e2e/docs/`)
      .replaceAll("https://git.example", git.address)
      .replaceAll("https://files.example", files.address)
      // Two platforms are built by the README's commands and by two-platforms.test.ts.
      .replaceAll(" --load ", " --output type=cacheonly ")
  );
}

async function runPage(page: string, shown: readonly ShownCommand[]): Promise<void> {
  const directory = await workspace(page);
  const variables: Record<string, string> = {
    ...lab.environment,
    PATH: `${join(work, "bin")}:${lab.environment.PATH}`,
    CNB_DOCKERFILE_IMAGE: inject("toolImage"),
    NPM_TOKEN: "not-a-token",
    N: "7",
  };
  const faults: string[] = [];
  // A cache to export is one of an app that was built.
  if (page === "docs/guides/caching.md")
    await execa("sh", ["-ec", "cnb-dockerfile build --platform linux/amd64 --progress plain ."], {
      cwd: directory,
      env: variables,
    });
  for (const { line, text } of shown) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(text) ?? [];
    if (name !== undefined) variables[name] = atHome(value ?? "");
    const onlyOne = page !== "README.md";
    const here = atHome(onlyOne ? text.replaceAll("linux/amd64,linux/arm64", "linux/amd64") : text);
    const { exitCode, stderr } = await execa("sh", ["-ec", here], {
      cwd: directory,
      env: variables,
      stdin: "ignore",
      reject: false,
    });
    // `generate --check` says by 1 that the file is another one.
    if (exitCode !== 0)
      faults.push(`${page}:${line}: ${text}\n${here}\nended with ${exitCode}: ${stderr.slice(-1500)}`);
  }
  expect(faults.join("\n\n")).toBe("");
}

describe("the commands that a reader can paste", () => {
  const pages = Map.groupBy(runnable, ({ file }) => file);
  it.each([...pages.keys()])("of %s run, in their order", async (page) => {
    await runPage(page, pages.get(page) ?? []);
  });

  it("are all but those that are listed with a reason, or run by another test", () => {
    const listed = [...onlyRead.map(([pattern]) => pattern), ...elsewhere.map(([pattern]) => pattern)];
    expect(listed.filter((pattern) => !commands.some(({ text }) => pattern.test(text)))).toEqual([]);
    expect(elsewhere.filter(([, test]) => !existsSync(join(import.meta.dirname, "..", test)))).toEqual([]);
    expect(runnable.length).toBeGreaterThan(60);
    for (const [pattern, why] of onlyRead)
      console.log(
        `not run: ${commands.filter(({ text }) => pattern.test(text)).length} commands, because ${why}`,
      );
  });
});
