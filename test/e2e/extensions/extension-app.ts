import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";

/** A project for a builder with image extensions. */
export interface ExtensionApp {
  readonly directory: string;
  readonly remove: () => void;
}

/** In: what tells its caches from those of other projects. */
export function makeExtensionApp(builder: string, id: string): ExtensionApp {
  const parent = mkdtempSync(join(tmpdir(), "cnb-dockerfile-extensions-"));
  const directory = join(parent, "app");
  writeFiles(directory, {
    "project.toml": `# syntax=${inject("toolImage")}
[_]
schema-version = "0.2"
id = "${id}"

[io.buildpacks]
builder = "${builder}"
`,
    Procfile: "web: cat app.txt\n",
    "app.txt": "app\n",
  });
  return { directory, remove: () => rmSync(parent, { recursive: true, force: true }) };
}

function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
}

/** Which extensions take part, as build-time variables. */
export function extensionVariables(names: readonly string[], runImage: string): string[] {
  return [`LAB_EXTENSIONS=${names.join(" ")}`, `LAB_RUN_IMAGE=${runImage}`];
}

/** The same as flags of our program. */
export function extensionFlags(names: readonly string[], runImage: string): string[] {
  return extensionVariables(names, runImage).flatMap((variable) => ["--env", variable]);
}
