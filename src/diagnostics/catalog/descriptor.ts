import { mendHint } from "../mend-hint.ts";
import { error, warning } from "./entry.ts";

/** Faults of project.toml. */
export const descriptorCatalog = {
  "descriptor/not-found": error<{ file: string }>({
    summary: "The project descriptor that was named does not exist",
    message: ({ file }) => `There is no file ${file}.`,
    hint: () =>
      "Name an existing file with `--descriptor`, or leave the flag out to use project.toml if there is one.",
  }),
  "descriptor/unreadable": error<{ file: string; reason: string }>({
    summary: "The project descriptor could not be read",
    message: ({ file, reason }) => `Cannot read ${file}: ${reason}.`,
    hint: () => "The descriptor has to be a regular file of UTF-8 text that you may read.",
  }),
  "descriptor/not-utf8": error<{ file: string; byte: string }>({
    summary: "A file is not UTF-8 text",
    message: ({ file, byte }) => `${file} is not UTF-8 text: the byte ${byte} stands for no character here.`,
    hint: ({ file }) =>
      `Save it as UTF-8 in your editor, or convert it: \`iconv -f WINDOWS-1252 -t UTF-8 ${file}\`.`,
  }),
  "descriptor/utf-16": error<{ file: string }>({
    summary: "A file is UTF-16 text, as `>` of Windows PowerShell writes it",
    message: ({ file }) =>
      `${file} is UTF-16 text, as \`>\` of Windows PowerShell writes it; it has to be UTF-8.`,
    hint: ({ file }) =>
      `In PowerShell: \`(Get-Content ${file}) | Set-Content -Encoding utf8 ${file}\`; elsewhere: \`iconv -f UTF-16 -t UTF-8 ${file}\`.`,
  }),
  "descriptor/nul": error<{ file: string }>({
    summary: "A text file contains a NUL character",
    message: ({ file }) => `${file} contains a NUL character, which no text can have.`,
    hint: () => "Remove it; if there are many, this is not the file you meant.",
  }),
  "descriptor/too-large": error<{ file: string; size: string; limit: string }>({
    summary: "A text file is larger than any that is read",
    message: ({ file, size, limit }) => `${file} has ${size}; files of up to ${limit} are read.`,
    hint: () => "Check that this is the file you meant.",
  }),
  "descriptor/duplicate-key": error<{ key: string; firstLine: number | undefined }>({
    summary: "A key or table stands in a file twice",
    message: ({ key, firstLine }) =>
      `${key} is given a second time${firstLine === undefined ? "" : `; the first time is in line ${firstLine}`}.`,
    hint: () => "Keep one of the two. Several entries of one list are written `[[name]]` each.",
  }),
  "descriptor/toml-syntax": error<{ reason: string; advice: string | undefined }>({
    summary: "A project descriptor, or a buildpack's file, is not valid TOML",
    message: ({ reason }) => `This is not valid TOML: ${reason}.`,
    hint: ({ advice }) => advice ?? "TOML's rules are at https://toml.io/en/v1.0.0.",
  }),
  "descriptor/schema-unsupported": error<{ version: string; supported: readonly string[] }>({
    summary: "The descriptor's schema version is not one that is read",
    message: ({ version, supported }) =>
      `Schema version ${JSON.stringify(version)} is not read; ${supported.join(", ")} are.`,
    hint: ({ supported }) => `Set \`schema-version = "${supported.at(-1)}"\` in the table \`[_]\`.`,
  }),
  "descriptor/schema-missing": warning({
    summary: "The descriptor does not say which schema version it follows",
    message: () => "No schema version is given, so the file is read as version 0.1.",
    hint: () => 'Add `[_]` with `schema-version = "0.2"` and move the keys to their 0.2 places.',
  }),
  "descriptor/wrong-type": error<{ key: string; expected: string; received: string; advice: string }>({
    summary: "A key of the descriptor has a value of the wrong type",
    message: ({ key, expected, received }) => `${key} should be ${expected}, but is ${received}.`,
    hint: ({ advice }) => advice,
  }),
  "descriptor/missing-key": error<{ key: string }>({
    summary: "A key that has to be there is missing",
    message: ({ key }) => `${key} is missing.`,
    hint: ({ key }) => `Add \`${lastOf(key)} = "…"\` to the entry.`,
  }),
  "descriptor/unknown-key": warning<{ key: string; schema: string; suggestion: string | undefined }>({
    summary: "A key of the descriptor means nothing in its schema version",
    message: ({ key, schema }) => `${key} is not a key of schema ${schema} and has no effect.`,
    hint: ({ schema, suggestion }) =>
      suggestion === undefined
        ? `Remove it; what is your own can stand in \`${schema === "0.1" ? "[metadata]" : "[_.metadata]"}\`.`
        : `Did you mean \`${suggestion}\`?`,
  }),
  "descriptor/misplaced-key": warning<{ keys: readonly string[]; schema: string }>({
    summary: "Variables, buildpacks or a script stand where the schema has no place for them",
    message: ({ keys, schema }) =>
      `Schema ${schema} does not read ${keys.join(" and ")}, so what stands there has no effect.`,
    hint: ({ keys }) => mendHint(keys, keys[0]),
  }),
  "descriptor/quoted-key": warning<{ key: string; header: string }>({
    summary: "Quotes make one key of a path of keys",
    message: ({ key }) =>
      `${JSON.stringify(key)} is in quotes, which makes it a single key with dots in its name. It has no effect.`,
    hint: ({ header }) => `Write it without quotes: \`${header}\`.`,
  }),
  "descriptor/foreign": warning<{ file: string; tool: string | undefined }>({
    summary: "A project.toml belongs to another tool",
    message: ({ file, tool }) =>
      `${file} is not a buildpacks descriptor: it has none of the tables \`[_]\`, \`[io.buildpacks]\` and \`[build]\`.` +
      `${tool === undefined ? "" : ` It looks like a file of ${tool}.`} Nothing in it is used.`,
    hint: () =>
      "Name the builder with `--builder REF`. Other settings go into a file of another name, with `--descriptor FILE`.",
  }),
  "descriptor/other-schema-table": warning<{ key: string; schema: string; instead: string }>({
    summary: "A table belongs to another schema version than the file declares",
    message: ({ key, schema }) => `${key} belongs to another schema version; in ${schema} it has no effect.`,
    hint: ({ instead }) => `Write ${instead} instead.`,
  }),
  "descriptor/include-and-exclude": error({
    summary: "Both include and exclude are given",
    message: () => "`include` and `exclude` are both given; only one of them can be.",
    hint: () => "Keep the one you mean. An `include` list can take back names with `!name`.",
  }),
  "descriptor/license-empty": error({
    summary: "A license names neither type nor uri",
    message: () => "A license needs `type` or `uri`.",
    hint: () => 'For example `type = "Apache-2.0"`.',
  }),
  "descriptor/buildpack-unnamed": error({
    summary: "A buildpack entry has neither id nor uri",
    message: () => "A buildpack entry needs `id` or `uri`.",
    hint: () => "For a buildpack of the builder write its `id`; for any other its `uri`.",
  }),
  "descriptor/buildpack-uri-and-version": error({
    summary: "A buildpack entry has both uri and version",
    message: () => "A buildpack entry with a `uri` cannot have a `version`: the uri says which one it is.",
    hint: () => "Remove `version`, or put the version into the uri.",
  }),
  "descriptor/script-without-api": error({
    summary: "An inline buildpack does not say which Buildpack API its script follows",
    message: () => "An inline script needs `script.api`.",
    hint: () => 'Add `api = "0.10"` to the entry\'s `script` table.',
  }),
  "descriptor/script-shell": error<{ shell: string }>({
    summary: "An inline buildpack's shell is not named by its whole path",
    message: ({ shell }) =>
      `${JSON.stringify(shell)} does not start with \`/\`, so no script could be run by it.`,
    hint: ({ shell }) =>
      `Write its path on the builder, for example \`shell = "/bin/bash"\` or \`shell = "/usr/bin/env ${lastOf(shell, "/")}"\`; without the key it is /bin/sh.`,
  }),
  "descriptor/buildpack-name": error<{ what: string; name: string; reason: string }>({
    summary: "An inline buildpack has an id or version that cannot be one",
    message: ({ what, name, reason }) =>
      `${JSON.stringify(name)} cannot be a buildpack's ${what}: ${reason}.`,
    hint: () => 'An id looks like "example/hello", a version like "1.0.0".',
  }),
  "descriptor/env-name": error<{ name: string; reason: string }>({
    summary: "A build-time variable has a name that cannot be one",
    message: ({ name, reason }) => `${JSON.stringify(name)} cannot be a variable's name: ${reason}.`,
    hint: () => "Letters, digits and underscores are safe; `=`, `/` and control characters are not possible.",
  }),
  "descriptor/looks-like-secret": warning<{ name: string }>({
    summary: "A build-time variable looks like a secret",
    hidesLine: true,
    message: ({ name }) =>
      `The value of ${name} looks like a secret; in a generated Dockerfile everybody can read it.`,
    hint: ({ name }) =>
      `Hand it over when you build: replace it by \`--secret ${name}\`, or by \`secrets = ["${name}"]\` in the table [io.github.cnb-dockerfile].`,
  }),
  "descriptor/declared-name": error<{ what: string; name: string }>({
    summary: "A secret or binding has a name that cannot be one",
    message: ({ what, name }) => `${JSON.stringify(name)} cannot be the name of a ${what}.`,
    hint: ({ what }) =>
      what === "binding's key"
        ? "A key has letters, digits, `.`, `_` and `-`, at most 253 of them, and does not begin with `..`; or it is written as `sha256:HEX`."
        : "Letters, digits, `_`, `.` and `-`, at most 200 of them; the first a letter, digit or `_`.",
  }),
  "descriptor/env-value": error<{ name: string }>({
    summary: "A build-time variable has a value that no environment can hold",
    message: ({ name }) => `The value of ${name} contains a NUL character.`,
    hint: () => "Remove it: environment values end at a NUL.",
  }),
};

function lastOf(path: string, separator = "."): string {
  return path.slice(path.lastIndexOf(separator) + 1);
}
