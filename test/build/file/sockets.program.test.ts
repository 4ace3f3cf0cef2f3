import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import { socketPatterns } from "../../../src/build/file/sockets.ts";
import { standInBuildctl } from "../../helpers/buildctl-stand-in.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";
import { workplace } from "../../helpers/program.ts";

async function withSocket<Result>(path: string, act: () => Result | Promise<Result>): Promise<Result> {
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    return await act();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

it("names the sockets of an app at any depth, in a form that no ignore file reads otherwise", async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "tmp", ".git"), { recursive: true });
  writeFileSync(join(directory, "file"), "");
  const found = await withSocket(join(directory, "tmp", "a*[b"), () =>
    withSocket(join(directory, "#x"), () =>
      withSocket(join(directory, "tmp", ".git", "y"), () => socketPatterns(directory)),
    ),
  );
  expect(found.sort()).toEqual(["/#x", "/tmp/a\\*\\[b"]);
});

it("`build` leaves them out, beside what the app's own ignore file names", async () => {
  const { run, builder, directory } = await workplace({ "main.js": "", ".dockerignore": "*.log\n" });
  const out = join(directory, "..", "ignored");
  const line = `for word; do case "$word" in dockerfile=*) cat "\${word#*=}"/*.dockerignore >'${out}' ;; --local=dockerfile=*) cat "\${word#--local=dockerfile=}"/*.dockerignore >'${out}' ;; esac; done`;
  const { env } = standInBuildctl(join(directory, "..", "programs"), line);
  const words = ["build", "--engine=buildkit", "--image=x/y", "--builder", builder, "--output", "type=image"];
  const result = await withSocket(join(directory, "app.sock"), () => run(words, { env }));
  expect(result).toMatchObject({ exitCode: 0 });
  expect(readFileSync(out, "utf8")).toMatch(/^\*\.log\n\n?.*\/app\.sock\n$/s);
});
