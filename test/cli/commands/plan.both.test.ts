import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectToml, workplace } from "../../helpers/program.ts";

const dist = join(import.meta.dirname, "..", "..", "..", "dist");

describe("plan", () => {
  it("asks at most three requests of each image and platform, and for no layer", async () => {
    const { run, registry } = await workplace({ "project.toml": projectToml });
    registry.requests.length = 0;
    expect((await run(["plan"])).exitCode).toBe(0);
    for (const image of ["acme/builder", "acme/run"]) {
      const asked = registry.requests.filter((path) => path.startsWith(`${image}/`));
      // An index, and for each of two platforms a manifest and a config.
      expect(asked).toHaveLength(5);
    }
    expect(registry.requests).toHaveLength(10);
  });

  it("asks once for one platform's image", async () => {
    const { run, registry } = await workplace({ "project.toml": projectToml });
    registry.requests.length = 0;
    expect((await run(["plan", "--platform=linux/arm64"])).exitCode).toBe(0);
    expect(registry.requests).toHaveLength(6);
  });

  it.each([["--json"], ["--graph=mermaid"], ["--graph=svg"], []])("writes %s to a file", async (...form) => {
    const { run, read } = await workplace({ "project.toml": projectToml });
    const { stdout } = await run(["plan", ...form]);
    expect(stdout).not.toBe("");
    expect(await run(["plan", ...form, "-o", "result"])).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    expect(read("result")).toBe(stdout);
  });

  it("colours only where that is asked for, and never a file", async () => {
    const { run, read } = await workplace({ "project.toml": projectToml });
    const env = { FORCE_COLOR: "1" };
    expect((await run(["plan"])).stdout).not.toContain("\u001b[");
    expect((await run(["plan"], { env })).stdout).toContain("\u001b[");
    await run(["plan", "-o", "plan.txt"], { env });
    expect(read("plan.txt")).not.toContain("\u001b[");
  });

  it.each([
    [["-o", "project.toml"], "cli/output-is-descriptor", 1],
    [["-o", "nowhere/plan.txt"], "cli/no-output-directory", 1],
    [["--graph", "png"], "cli/wrong-use", 2],
    [["--graph", "svg", "--json"], "cli/flags-in-conflict", 2],
    [["--graph", "svg", "--graph", "mermaid"], "cli/repeated-flag", 2],
  ])("refuses %s", async (words, code, status) => {
    const { run, read } = await workplace({ "project.toml": projectToml });
    const before = read("project.toml");
    const { exitCode, stdout, stderr } = await run(["plan", ...words]);
    expect(`${stdout}${stderr}`).toContain(code);
    expect(exitCode).toBe(status);
    expect(read("project.toml")).toBe(before);
  });

  it("says what is wrong with a project, in the form that was asked for", async () => {
    const { run } = await workplace({ "project.toml": projectToml });
    const { exitCode, stdout } = await run(["plan", "--json", "--builder=127.0.0.1:1/acme"]);
    expect(exitCode).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [{ severity: "error" }] });
  });
});

it("the layout library is loaded for pictures alone", () => {
  const chunks = readdirSync(join(dist, "chunks")).filter((name) => name.endsWith(".js"));
  const layout = chunks.filter((name) => name.startsWith("dagre"));
  expect(layout).toHaveLength(1);
  const statically = [
    join(dist, "main.js"),
    join(dist, "index.js"),
    ...chunks.map((name) => join(dist, "chunks", name)),
  ];
  for (const file of statically) {
    expect(readFileSync(file, "utf8"), file).not.toMatch(/(?:from|import)"\.[^"]*\/dagre-[^"]+"/);
  }
});

it("prints what its guide shows of it", () => {
  const root = join(dist, "..");
  const guide = readFileSync(join(root, "docs/guides/check-and-plan.md"), "utf8");
  const [, shown = ""] = /\n```\n(Images\n[^`]*(?:`[^`]+`[^`]*)*?)\n```\n/.exec(guide) ?? [];
  const printed = readFileSync(join(root, "golden", "cli", "plan", "stdout.txt"), "utf8")
    .trimEnd()
    .split("\n\n");
  const sections = shown.split("\n\n");
  expect(sections.length).toBeGreaterThan(3);
  expect(sections.filter((section) => !printed.includes(section))).toEqual([]);
});
