import * as v from "valibot";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { targetsSchema } from "./target.ts";
import { readToml } from "./toml.ts";

/** What a composite buildpack's package.toml says. */
interface PackageConfig {
  readonly dependencies: readonly PackageDependency[];
}

interface PackageDependency {
  /** As in project.toml. A relative path is relative to the buildpack, not to the file. Source: pack. */
  readonly uri: string;
  /** `dependencies[0].uri`. */
  readonly keyPath: string;
}

const text = v.optional(v.string(), "");
const uriSchema = v.optional(v.strictObject({ uri: text }));
// As pack, which refuses what it does not know: a misspelt key here is a buildpack that is missing.
const schema = v.strictObject({
  buildpack: uriSchema,
  extension: uriSchema,
  dependencies: v.optional(v.array(v.strictObject({ uri: text, image: text })), []),
  platform: v.optional(v.unknown()),
  targets: targetsSchema,
});

/**
 * Reads a package.toml. In: its text and what messages call it. Throws CompileError with everything that is wrong.
 * Source: pack, `buildpackage.ConfigReader`; it reads `image`, which is deprecated, but does not use it in a build.
 */
export function readPackageToml(content: string, file: string): PackageConfig {
  const { buildpack, extension, dependencies } = readToml(content, file, schema);
  const uri = buildpack?.uri ?? "";
  if (uri === "" && extension !== undefined) {
    throw new CompileError([diagnose("modules/extension", { id: extension.uri }, { file })]);
  }
  const found: Diagnostic[] = [];
  if (uri === "") {
    const key = "buildpack.uri";
    found.push(diagnose("modules/missing-key", { key }, { file, keyPath: key }));
  }
  const entries = dependencies.flatMap((dependency, position) => {
    const keyPath = `dependencies[${position}]`;
    const { image } = dependency;
    if (dependency.uri !== "" && image !== "") {
      found.push(diagnose("modules/dependency-uri-and-image", undefined, { file, keyPath }));
    }
    if (dependency.uri !== "") return [{ uri: dependency.uri, keyPath: `${keyPath}.uri` }];
    if (image !== "") return [{ uri: `docker://${image}`, keyPath: `${keyPath}.image` }];
    found.push(diagnose("modules/missing-key", { key: `${keyPath}.uri` }, { file, keyPath }));
    return [];
  });
  if (found.length > 0) throw new CompileError(found);
  return { dependencies: entries };
}
