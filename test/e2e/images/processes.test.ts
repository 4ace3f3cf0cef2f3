import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lab } from "../../lab/lab.ts";
import { startLab } from "../../lab/start.ts";
import { copySampleApp } from "../../workspace.ts";
import { buildOrThrow, doors, generate, layerDigests } from "../steps.ts";

const platform = "linux/amd64";
let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.close());

describe.each(Object.entries(doors))("made by %s,", (_, doorWords) => {
  /** Builds a sample app and pushes it. Out: its name. */
  async function make(fixture: string, words: readonly string[] = [], descriptor?: string): Promise<string> {
    const app = copySampleApp(fixture);
    try {
      if (descriptor !== undefined) writeFileSync(join(app.directory, "project.toml"), descriptor);
      const dockerfile = await generate(app.directory, [
        ...["--builder", lab.images.builder],
        ...doorWords(),
        ...words,
      ]);
      const name = `${lab.registry}/e2e/processes-${fixture}:${Date.now()}`;
      await buildOrThrow(lab, { directory: app.directory, dockerfile, platforms: [platform], name });
      return name;
    } finally {
      app.remove();
    }
  }

  describe("an app with a Procfile", () => {
    it("starts each process by its name, in a shell, with the launcher's exit code", async () => {
      const name = await make("procfile");
      const web = await lab.execute(name, platform, { entrypoint: "web", env: { PORT: "8080" } });
      expect(web.stdout.trim()).toBe("web on 8080, profile not sourced");
      const worker = await lab.execute(name, platform, { entrypoint: "worker" });
      expect(worker.exitCode).toBe(3);
      expect(worker.stdout.trim()).toBe(`worker runs in /workspace with 'quotes' and "double quotes"`);
      // BuildKit alone knows no default process, and starts the launcher, as anybody can.
      const command = await lab.execute(name, platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["echo $((1 + 1))"],
      });
      expect(command.stdout.trim()).toBe("2");
    });
  });

  describe("an app with slices", () => {
    it("puts what a slice names into a layer of its own, before the rest of the app", async () => {
      const name = await make("static-slices");
      const contents = await Promise.all(
        (await layerDigests(lab, name, platform)).map((digest) => tarNames(name, digest)),
      );
      const slice = contents.findIndex((names) => names.includes("workspace/static/site.css"));
      const rest = contents.findIndex((names) => names.includes("workspace/Procfile"));
      expect(slice).toBeGreaterThan(0);
      expect(rest).toBe(slice + 1);
      expect(contents[rest]).not.toContain("workspace/static/site.css");
      const { stdout } = await lab.execute(name, platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["cat", "static/site.css"],
      });
      expect(stdout).not.toBe("");
    });

    /** Names in a layer, as the registry has it. */
    async function tarNames(name: string, digest: string): Promise<string[]> {
      const repository = name.slice(name.indexOf("/") + 1, name.lastIndexOf(":"));
      const answer = await fetch(`http://${lab.registry}/v2/${repository}/blobs/${digest}`);
      const { execa } = await import("execa");
      const { stdout } = await execa("tar", ["--list", "--gzip"], {
        input: Buffer.from(await answer.arrayBuffer()),
      });
      return stdout.split("\n");
    }
  });

  describe("buildpacks that use the launch environment", () => {
    it("run exec.d programs and set variables for one process, while clear-env hides the user's variable", async () => {
      const name = await make("clear-env");
      const { stdout } = await lab.execute(name, platform, { entrypoint: "print-env" });
      const lines = stdout.split("\n");
      expect(lines).toContain("LAB_EXEC_D=ran with launch");
      expect(lines).toContain("LAB_EXEC_D_TYPE=print-env");
      expect(lines).toContain("LAB_TYPED=typed");
      const seen = await lab.execute(name, platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["cat", "/layers/lab_clear-env/seen/environment", "/layers/lab_clear-env/seen/platform-file"],
      });
      expect(seen.stdout).toBe("unsetfrom project.toml");
    });
  });

  describe("an inline script", () => {
    it("takes part as a buildpack", async () => {
      const name = await make("inline", ["--process-type=web"]);
      const { stdout } = await lab.execute(name, platform);
      expect(stdout).toMatch(/^made by an inline buildpack from /);
    });
  });

  describe("odd files in a launch layer", () => {
    it("keep their modes, links and names", async () => {
      const name = await make(
        "procfile",
        ["--process-type=list"],
        '[_]\nschema-version = "0.2"\nid = "e2e.odd"\n[[io.buildpacks.group]]\nid = "lab/odd-files"\n',
      );
      const odd = await lab.execute(name, platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: ["cd /layers/lab_odd-files/odd; LC_ALL=C.UTF-8 stat --format '%A %u:%g %h %Y %n' -- * bin/*"],
      });
      const lines = odd.stdout.split("\n");
      const epoch = 315532801;
      for (const line of [
        `-rw------- 1001:1000 1 ${epoch} private`,
        `-rwsr-xr-x 1001:1000 1 ${epoch} bin/setuid`,
        `-rwxr-sr-x 1001:1000 1 ${epoch} bin/setgid`,
        `drwxrwxrwt 1001:1000 2 ${epoch} sticky`,
        `-rw-r--r-- 1001:1000 3 ${epoch} hard-a`,
        `lrwxrwxrwx 1001:1000 1 ${epoch} dangling`,
        `-r--r--r-- 1001:1000 1 ${epoch} read-only`,
        `-rw-r--r-- 1001:1000 1 ${epoch} grüße-日本.txt`,
        `-rw-r--r-- 1001:1000 1 ${epoch} ${"n".repeat(120)}`,
      ]) {
        expect(lines).toContain(line);
      }
    });
  });

  describe("build-time variables", () => {
    it("reach the buildpacks byte for byte", async () => {
      const values = {
        PLAIN: "value",
        EMPTY: "",
        NO_NEWLINE: "two\nlines",
        NEWLINE: "ends in one\n",
        QUOTES: `"double" 'single' \`back\``,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: what a shell would expand
        DOLLAR: "$HOME ${PATH} $(id) \\$x",
        BACKSLASH: "a\\b\\\\c \\n",
        HEREDOC: "EOF\n<<EOF\nEOF\n",
        CARRIAGE: "a\r\nb\r",
        UNICODE: "grüße 日本 \u2028 \ufeff 🙂",
        LONG: "x".repeat(100_000),
      };
      const toml = Object.entries(values).map(
        ([name, value]) => `[[io.buildpacks.build.env]]\nname = "${name}"\nvalue = ${tomlString(value)}\n`,
      );
      // The script copies the platform's own files, which is what buildpacks and the lifecycle read.
      const descriptor = `[_]
schema-version = "0.2"
id = "e2e.env"
[[io.buildpacks.group]]
id = "e2e/env"
[io.buildpacks.group.script]
api = "0.10"
inline = '''
mkdir -p "$1/seen"
cp "$2"/env/* "$1/seen/"
printf '%s' "$NEWLINE" > "$1/seen/variable"
printf '[types]\\nlaunch = true\\n' > "$1/seen.toml"
'''
${toml.join("\n")}`;
      const name = await make("procfile", [], descriptor);
      const seen = "/layers/e2e_env/seen";
      const expected = { ...values, variable: values.NEWLINE };
      const { stdout } = await lab.execute(name, platform, {
        entrypoint: "/cnb/lifecycle/launcher",
        args: [
          `cd ${seen} && for file in ${Object.keys(expected).join(" ")}; do base64 --wrap=0 $file; echo; done`,
        ],
      });
      const found = stdout.split("\n").map((line) => Buffer.from(line, "base64").toString("utf8"));
      for (const [index, [variable, value]] of Object.entries(expected).entries())
        expect(found[index], variable).toBe(value);
    });

    function tomlString(value: string): string {
      return JSON.stringify(value).replace(/[\u007f-\u{10ffff}]/gu, (character) => character);
    }
  });
});
