import * as v from "valibot";
import { list } from "../builder/buildpack-info.ts";
import { readTomlFile } from "./toml-file.ts";

const schema = v.object({
  dependencies: list(v.object({ uri: v.optional(v.string()), image: v.optional(v.string()) })),
});

/**
 * Reads what a package.toml says its buildpack needs: locators, relative paths seen from its directory.
 * Throws CompileError where it is no such file. Source: pack's package configuration.
 */
export function readDependencies(toml: string, place: string): string[] {
  const { dependencies } = readTomlFile(toml, schema, place);
  return dependencies.flatMap(({ uri, image }) => {
    if (uri !== undefined && uri !== "") return [uri];
    return image === undefined || image === "" ? [] : [`docker://${image}`];
  });
}
