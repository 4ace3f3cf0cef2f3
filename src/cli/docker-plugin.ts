import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { version } from "../version.ts";

/** Name of the command as a plugin of docker's command line: `docker cnb build …`, by a program called `docker-cnb`. */
export const pluginName = "cnb";
/** The word by which docker asks a plugin what it is. */
export const metadataWord = "docker-cli-plugin-metadata";

/** What docker is told. Source: docker/cli, "cli-plugins/metadata". */
export function pluginMetadata(): string {
  const metadata = {
    SchemaVersion: "0.1.0",
    Vendor: "cnb-dockerfile",
    Version: `v${version}`,
    ShortDescription: "Build Cloud Native Buildpacks apps with BuildKit",
    URL: "https://github.com/cnb-dockerfile/cnb-dockerfile",
  };
  return `${JSON.stringify(metadata)}\n`;
}

/** Docker's own flags that stand before the plugin's name, as the variables that mean the same. */
const variables: Readonly<Record<string, string>> = {
  "--config": "DOCKER_CONFIG",
  "--context": "DOCKER_CONTEXT",
  "-c": "DOCKER_CONTEXT",
  "--host": "DOCKER_HOST",
  "-H": "DOCKER_HOST",
};

/**
 * The words of a call by docker as those of the command, and variables for docker's own flags, which docker hands on. A call
 * that names no plugin stays as it is. Throws CompileError for a flag that no variable stands for.
 */
export function pluginCall(words: readonly string[]): {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const env: Record<string, string> = {};
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === pluginName) return { words: left, env };
    const [flag = "", value] = word.startsWith("--") ? word.split(/=(.*)/s, 2) : [word];
    const variable = variables[flag];
    if (variable !== undefined) env[variable] = value ?? left.shift() ?? "";
    else if (flag === "--debug" || flag === "-D") continue;
    else if (word.startsWith("-") && leadsToName(left))
      throw new CompileError([diagnose("cli/docker-flag", { flag }, { file: flag })]);
    else break;
  }
  return { words, env: {} };
}

/** Whether only flags stand before the plugin's name, so that docker is who calls. */
function leadsToName(words: readonly string[]): boolean {
  const at = words.indexOf(pluginName);
  return at !== -1 && words.slice(0, at).every((word) => word.startsWith("-"));
}
