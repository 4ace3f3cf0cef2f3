import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectToml, workplace } from "../../helpers/program.ts";

describe("generate --check", () => {
  it("says nothing of a file that is up to date", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    expect(await run(["generate", "--check", "Dockerfile"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("shows what would change in a file that is not", async () => {
    const { run, write, read } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    const before = read("Dockerfile");
    write("project.toml", `${projectToml}exclude = ["docs"]\n`);
    const { exitCode, stdout, stderr } = await run(["generate", "--check", "Dockerfile"]);
    expect(stdout).toMatch(/^--- Dockerfile/m);
    expect(stdout).toMatch(/^\+ .*--exclude=docs/m);
    expect(stderr).toContain("[cli/stale]");
    expect(exitCode).toBe(1);
    expect(read("Dockerfile")).toBe(before);
  });

  it("finds what was edited by hand", async () => {
    const { run, write, read } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    write("Dockerfile", `${read("Dockerfile")}RUN x\n`);
    const { exitCode, stdout } = await run(["generate", "--check", "Dockerfile"]);
    expect(stdout).toMatch(/^-RUN x$/m);
    expect(exitCode).toBe(1);
  });

  it("repeats the options that the file was made with", async () => {
    const { run, builder } = await workplace({ "vars.env": 'C=odd \\ "value" $x <<EOF é\n' });
    const options = [
      ...["--builder", builder, "--platform=linux/arm64", "--process-type=web", "--platform-api=0.14"],
      ...[
        "--cache-id=x",
        "--env",
        "A=1 2",
        "--env-file=vars.env",
        "--keep-git-dir",
        "--syntax=docker/dockerfile:1",
      ],
      ...["--self-contained", "--node-image=node:24"],
      ...["--volume=./data:/opt/data", "--volume=m2:/home/cnb/.m2:rw"],
    ];
    expect((await run(["generate", ...options, "-o", "Dockerfile"])).stderr).toBe("");
    expect(await run(["generate", "--check", "Dockerfile"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("repeats the images that the machine chose", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"], { env: { CNB_DOCKERFILE_IMAGE: "mirror.example/tool:1" } });
    expect((await run(["generate", "--check", "Dockerfile"])).exitCode).toBe(0);
  });

  it("lets options that are given now count before those", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    await run(["generate", "--process-type=web", "-o", "Dockerfile"]);
    const { exitCode, stdout } = await run(["generate", "--process-type=worker", "--check", "Dockerfile"]);
    expect(stdout).toContain('+ENTRYPOINT ["/cnb/process/worker"]');
    expect(exitCode).toBe(1);
  });

  it("keeps the pins: a tag that moved makes no file stale", async () => {
    const { run, read, moveRunImage } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    moveRunImage();
    expect(await run(["generate", "--check", "Dockerfile"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    // The file itself would be another now, or this test could not fail.
    expect((await run(["generate"])).stdout).not.toBe(read("Dockerfile"));
  });

  it("keeps the cache id that was made up for the file", async () => {
    const { run } = await workplace({ "project.toml": projectToml.replace('id = "shop"\n', "") });
    await run(["generate", "-o", "Dockerfile"]);
    const { exitCode, stdout } = await run(["generate", "--check", "Dockerfile"]);
    expect(stdout).toBe("");
    expect(exitCode).toBe(0);
  });

  it("finds the project's own descriptor from anywhere", async () => {
    const { run, directory } = await workplace({ "config/app.toml": projectToml });
    await run(["generate", "-d", "config/app.toml", "-o", "Dockerfile"]);
    const from = { cwd: join(directory, "..") };
    expect(await run(["generate", "--check", "project/Dockerfile", "project"], from)).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });

  it("finds a descriptor outside of the project from anywhere", async () => {
    const { run, directory } = await workplace({ "shared/app.toml": projectToml, "app/main.js": "" });
    const words = ["-d", "shared/app.toml", "-o", "app/Dockerfile", "--image=acme/helper:1", "app"];
    const generated = await run(["generate", ...words]);
    expect(generated).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await run(["generate", "--check", "app/Dockerfile", "--root", ".", "app"])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    const inProject = { cwd: join(directory, "app") };
    expect(await run(["generate", "--check", "Dockerfile", "--root", ".."], inProject)).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    // What a file says of itself is no wish of the user's.
    expect((await run(["generate", "--check", "Dockerfile"], inProject)).stderr).toContain(
      "files/outside-project",
    );
  });

  it.each([
    ["somebody else made", "FROM x\n", "cli/check-not-generated"],
    [
      "records arguments that are none",
      '# cnb-dockerfile-plan: {"version":"9","arguments":["--new"],"cacheId":"x"}\n',
      "cli/check-not-generated",
    ],
  ])("cannot check a file that %s", async (_, text, code) => {
    const { run } = await workplace({ "project.toml": projectToml, Dockerfile: text });
    const { exitCode, stderr } = await run(["generate", "--check", "Dockerfile"]);
    expect(stderr).toContain(`[${code}]`);
    expect(exitCode).toBe(1);
  });

  it("cannot check a file that is not there", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const { exitCode, stderr } = await run(["generate", "--check", "Dockerfile"]);
    expect(stderr).toContain("[cli/file-unreadable]");
    expect(exitCode).toBe(1);
  });

  it("does not depend on the images that this machine chooses", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    const env = { CNB_DOCKERFILE_IMAGE: "mirror.example/tool:1" };
    expect((await run(["generate", "--check", "Dockerfile"], { env })).exitCode).toBe(0);
  });

  it("finds an ignore file that hides the project's own", async () => {
    const { run, write } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    write(".dockerignore", "secret.txt\n");
    const { exitCode, stderr } = await run(["generate", "--check", "Dockerfile"]);
    expect(stderr).toContain("Dockerfile.dockerignore is out of date");
    expect(exitCode).toBe(1);
    await run(["generate", "-o", "Dockerfile"]);
    expect((await run(["generate", "--check", "Dockerfile"])).exitCode).toBe(0);
  });

  it("says so when only the line ends differ", async () => {
    const { run, write, read } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    write("Dockerfile", read("Dockerfile").replaceAll("\n", "\r\n"));
    const { exitCode, stdout, stderr } = await run(["generate", "--check", "Dockerfile"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain("[cli/line-ends]");
    expect(stderr).toContain("Dockerfile text eol=lf");
  });

  it("puts the difference into the JSON that is asked for", async () => {
    const { run, write, read } = await workplace({ "project.toml": projectToml });
    await run(["generate", "-o", "Dockerfile"]);
    expect(JSON.parse((await run(["generate", "--check", "Dockerfile", "--json"])).stdout)).toEqual({
      diff: "",
      diagnostics: [],
    });
    write("Dockerfile", `${read("Dockerfile")}RUN x\n`);
    const { stdout } = await run(["generate", "--check", "Dockerfile", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      diff: expect.stringContaining("-RUN x"),
      diagnostics: [{ code: "cli/stale" }],
    });
  });

  it.each(["-o x", "--force"])("cannot be had together with %s", async (flags) => {
    const { run } = await workplace({ "project.toml": projectToml });
    expect((await run(["generate", "--check", "Dockerfile", ...flags.split(" ")])).exitCode).toBe(2);
  });
});
