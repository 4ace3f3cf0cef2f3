import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError } from "../diagnostics/diagnostic.ts";
import { present } from "../present.ts";
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

/** Those that say how much docker itself tells; the second ones have a value. */
const switchesOfItsOwn = ["--debug", "-D"];
const valuesOfItsOwn = ["--log-level", "-l"];

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
    if (word === pluginName) return { words: left, env: { ...withoutHost(env), ...env } };
    const { flag, value } = flagOf(word);
    const variable = variables[flag];
    if (variable !== undefined) env[variable] = value ?? left.shift() ?? "";
    else if (valuesOfItsOwn.includes(flag)) {
      if (value === undefined) left.shift();
    } else if (switchesOfItsOwn.includes(flag)) continue;
    else if (word.startsWith("-") && leadsToName(left))
      throw new CompileError([diagnose("cli/docker-flag", { flag }, { file: flag })]);
    else break;
  }
  return { words, env: {} };
}

/** A word as a flag and what is written in the same word: `--host=X`, `-H=X`, `-HX`. Source: pflag. */
function flagOf(word: string): { readonly flag: string; readonly value?: string } {
  const [, flag = word, value] = /^(--[^=]+|-[^-])=?(.+)?$/s.exec(word) ?? [];
  const isShort = !flag.startsWith("--");
  // Without a value of its own, what follows are more flags.
  if (isShort && variables[flag] === undefined && !valuesOfItsOwn.includes(flag)) return { flag: word };
  return { flag, ...present({ value }) };
}

/**
 * Docker takes a context that a flag names against a host in a variable, and a host against a context where both are variables.
 * The context `default` is the host in the variable. Source: docker/cli, "resolveContextName".
 */
function withoutHost(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return env.DOCKER_CONTEXT === undefined || env.DOCKER_CONTEXT === "default" ? {} : { DOCKER_HOST: "" };
}

/** Whether only flags stand before the plugin's name, so that docker is who calls. */
function leadsToName(words: readonly string[]): boolean {
  const at = words.indexOf(pluginName);
  return at !== -1 && words.slice(0, at).every((word) => word.startsWith("-"));
}
