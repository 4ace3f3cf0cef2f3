import { escapeId } from "../../contract/escape-id.ts";
import type { EnvVariable, InlineBuildpack } from "../../descriptor/project-descriptor.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type SourceLocation } from "../../diagnostics/diagnostic.ts";
import type { PlatformFile } from "../lifecycle-plan.ts";

/**
 * One file a build-time variable, its value exact to the byte: buildpacks read the file whole.
 * Later variables win. Source: CNB platform spec, "User-Provided Variables".
 */
export function envFiles(variables: readonly EnvVariable[]): PlatformFile[] {
  const values = new Map(variables.map(({ name, value }) => [name, value]));
  return Array.from(values, ([name, text]) => ({
    path: `/platform/env/${name}`,
    mode: "0644",
    content: { format: "text", text },
  }));
}

/**
 * The files that make a script of project.toml a buildpack, as pack makes them.
 * Throws CompileError for two scripts of one id and version.
 */
export function inlineBuildpackFiles(buildpacks: readonly InlineBuildpack[]): PlatformFile[] {
  const places = new Map<string, SourceLocation>();
  for (const { id, version, location } of buildpacks) {
    const name = `${id}@${version}`;
    const other = places.get(name);
    if (other !== undefined) {
      throw new CompileError([
        diagnose("plan/inline-twice", { name, other: other.keyPath ?? other.file }, location),
      ]);
    }
    places.set(name, location);
  }
  return buildpacks.flatMap(({ id, version, api, shell, script }) => {
    const directory = `/cnb/buildpacks/${escapeId(id)}/${version}`;
    const toml = {
      api,
      buildpack: { id, version },
      // Any run image: an inline script belongs to the project, which knows what it builds for.
      stacks: [{ id: "*" }],
    };
    return [
      { path: `${directory}/buildpack.toml`, mode: "0644", content: { format: "toml", table: toml } },
      { path: `${directory}/bin/detect`, mode: "0755", content: text(`#!${shell}\n\nexit 0\n`) },
      {
        path: `${directory}/bin/build`,
        mode: "0755",
        content: text(withFinalNewline(`#!${shell}\n\n${script}`)),
      },
    ];
  });
}

function text(content: string): PlatformFile["content"] {
  return { format: "text", text: content };
}

/** Interpreters and TOML do not mind, and only a text that ends so can stand in a Dockerfile for people to read. */
export function withFinalNewline(content: string): string {
  return content.endsWith("\n") ? content : `${content}\n`;
}
