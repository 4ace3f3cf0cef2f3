import { mendHint } from "../mend-hint.ts";
import { error, warning } from "./entry.ts";

/** Faults of project.toml. */
export const descriptorCatalog = {
  "descriptor/not-found": error<{ file: string }>({
    summary: "The project descriptor does not exist",
    message: ({ file }) => `The file ${file} does not exist.`,
    hint: () =>
      "Name an existing file with `--descriptor`, or leave the flag out to use project.toml if it exists.",
  }),
  "descriptor/unreadable": error<{ file: string; reason: string }>({
    summary: "The project descriptor cannot be read",
    message: ({ file, reason }) => `Cannot read ${file}: ${reason}.`,
    hint: () => "The descriptor must be a regular UTF-8 text file that you can read.",
  }),
  "descriptor/not-utf8": error<{ file: string; byte: string }>({
    summary: "A file is not UTF-8 text",
    message: ({ file, byte }) => `${file} is not UTF-8 text: the byte ${byte} is not valid here.`,
    hint: ({ file }) =>
      `Save it as UTF-8 in your editor, or convert it: \`iconv -f WINDOWS-1252 -t UTF-8 ${file}\`.`,
  }),
  "descriptor/utf-16": error<{ file: string }>({
    summary: "A file is UTF-16 text, as written by `>` in Windows PowerShell",
    message: ({ file }) =>
      `${file} is UTF-16 text, as written by \`>\` in Windows PowerShell. It must be UTF-8.`,
    hint: ({ file }) =>
      `In PowerShell: \`(Get-Content ${file}) | Set-Content -Encoding utf8 ${file}\`; elsewhere: \`iconv -f UTF-16 -t UTF-8 ${file}\`.`,
  }),
  "descriptor/nul": error<{ file: string }>({
    summary: "A text file contains a NUL character",
    message: ({ file }) => `${file} contains a NUL character, which is not valid in text.`,
    hint: () => "Remove it. If there are many, this is probably not the file you meant.",
  }),
  "descriptor/too-large": error<{ file: string; size: string; limit: string }>({
    summary: "A text file is too large",
    message: ({ file, size, limit }) => `${file} has ${size}; the limit is ${limit}.`,
    hint: () => "Check that this is the file you meant.",
  }),
  "descriptor/duplicate-key": error<{ key: string; firstLine: number | undefined }>({
    summary: "A key or table is defined twice",
    message: ({ key, firstLine }) =>
      `${key} is defined a second time${firstLine === undefined ? "" : `; the first is in line ${firstLine}`}.`,
    hint: () => "Keep one of the two. For several entries of a list, write `[[name]]` above each.",
  }),
  "descriptor/toml-syntax": error<{ reason: string; advice: string | undefined }>({
    summary: "A project descriptor, or a buildpack's file, is not valid TOML",
    message: ({ reason }) => `This is not valid TOML: ${reason}.`,
    hint: ({ advice }) => advice ?? "TOML's rules are at https://toml.io/en/v1.0.0.",
  }),
  "descriptor/schema-unsupported": error<{ version: string; supported: readonly string[] }>({
    summary: "The descriptor's schema version is not supported",
    message: ({ version, supported }) =>
      `Schema version ${JSON.stringify(version)} is not supported. Supported: ${supported.join(", ")}.`,
    hint: ({ supported }) => `Set \`schema-version = "${supported.at(-1)}"\` in the table \`[_]\`.`,
  }),
  "descriptor/schema-missing": warning({
    summary: "The descriptor declares no schema version",
    message: () => "No schema version is declared, so the file is read as version 0.1.",
    hint: () => 'Add `[_]` with `schema-version = "0.2"` and move the keys to their 0.2 places.',
  }),
  "descriptor/wrong-type": error<{ key: string; expected: string; received: string; advice: string }>({
    summary: "A key of the descriptor has a value of the wrong type",
    message: ({ key, expected, received }) => `${key} must be ${expected}, but is ${received}.`,
    hint: ({ advice }) => advice,
  }),
  "descriptor/missing-key": error<{ key: string }>({
    summary: "A required key is missing",
    message: ({ key }) => `${key} is missing.`,
    hint: ({ key }) => `Add \`${lastOf(key)} = "…"\` to the entry.`,
  }),
  "descriptor/unknown-key": warning<{ key: string; schema: string; suggestion: string | undefined }>({
    summary: "A key is unknown in the descriptor's schema version",
    message: ({ key, schema }) => `${key} is not a key of schema ${schema} and has no effect.`,
    hint: ({ schema, suggestion }) =>
      suggestion === undefined
        ? `Remove it. Your own data can go into \`${schema === "0.1" ? "[metadata]" : "[_.metadata]"}\`.`
        : `Did you mean \`${suggestion}\`?`,
  }),
  "descriptor/misplaced-key": warning<{ keys: readonly string[]; schema: string }>({
    summary: "Variables, buildpacks or a script are where the schema does not read them",
    message: ({ keys, schema }) =>
      `Schema ${schema} does not read ${keys.join(" and ")}: ${keys.length === 1 ? "it has" : "they have"} no effect.`,
    hint: ({ keys }) => mendHint(keys, keys[0]),
  }),
  "descriptor/quoted-key": warning<{ key: string; header: string }>({
    summary: "A quoted key path is read as a single key",
    message: ({ key }) =>
      `${JSON.stringify(key)} is in quotes, which makes it a single key with dots in its name. It has no effect.`,
    hint: ({ header }) => `Write it without quotes: \`${header}\`.`,
  }),
  "descriptor/foreign": warning<{ file: string; tool: string | undefined }>({
    summary: "A project.toml belongs to another tool",
    message: ({ file, tool }) =>
      `${file} is not a buildpacks descriptor: it has none of the tables \`[_]\`, \`[io.buildpacks]\` and \`[build]\`.` +
      `${tool === undefined ? "" : ` It looks like a file of ${tool}.`} It is ignored.`,
    hint: () =>
      "Name the builder with `--builder REF`. Put other settings into another file: `--descriptor FILE`.",
  }),
  "descriptor/other-schema-table": warning<{ key: string; schema: string; instead: string }>({
    summary: "A table belongs to another schema version than the file declares",
    message: ({ key, schema }) => `${key} belongs to another schema version; in ${schema} it has no effect.`,
    hint: ({ instead }) => `Write ${instead} instead.`,
  }),
  "descriptor/include-and-exclude": error({
    summary: "Both include and exclude are given",
    message: () => "`include` and `exclude` cannot be combined.",
    hint: () => "Keep one. In an `include` list, `!name` leaves a name out again.",
  }),
  "descriptor/license-empty": error({
    summary: "A license has neither type nor uri",
    message: () => "A license needs `type` or `uri`.",
    hint: () => 'For example `type = "Apache-2.0"`.',
  }),
  "descriptor/buildpack-unnamed": error({
    summary: "A buildpack entry has neither id nor uri",
    message: () => "A buildpack entry needs `id` or `uri`.",
    hint: () => "Use `id` for a buildpack on the builder, and `uri` for any other.",
  }),
  "descriptor/buildpack-uri-and-version": error({
    summary: "A buildpack entry has both uri and version",
    message: () => "A buildpack entry cannot have both `uri` and `version`.",
    hint: () => "Remove `version`, or put the version into the uri.",
  }),
  "descriptor/script-without-api": error({
    summary: "An inline buildpack does not declare its Buildpack API",
    message: () => "An inline script needs `script.api`.",
    hint: () => 'Add `api = "0.10"` to the entry\'s `script` table.',
  }),
  "descriptor/script-shell": error<{ shell: string }>({
    summary: "An inline buildpack's shell is not an absolute path",
    message: ({ shell }) => `The shell ${JSON.stringify(shell)} is not an absolute path.`,
    hint: ({ shell }) =>
      `Write its path on the builder, for example \`shell = "/bin/bash"\` or \`shell = "/usr/bin/env ${lastOf(shell, "/")}"\`. The default is /bin/sh.`,
  }),
  "descriptor/buildpack-name": error<{ what: string; name: string; reason: string }>({
    summary: "An inline buildpack has an invalid id or version",
    message: ({ what, name, reason }) =>
      `${JSON.stringify(name)} is not a valid buildpack ${what}: ${reason}.`,
    hint: () => 'Use an id like "example/hello" and a version like "1.0.0".',
  }),
  "descriptor/env-name": error<{ name: string; reason: string }>({
    summary: "A build-time variable has an invalid name",
    message: ({ name, reason }) => `${JSON.stringify(name)} is not a valid variable name: ${reason}.`,
    hint: () => "Use letters, digits and underscores. `=`, `/` and control characters are not allowed.",
  }),
  "descriptor/looks-like-secret": warning<{ name: string }>({
    summary: "A build-time variable looks like a secret",
    hidesLine: true,
    message: ({ name }) =>
      `The value of ${name} looks like a secret. In a generated Dockerfile, everyone can read it.`,
    hint: ({ name }) =>
      `Pass it at build time instead: replace it with \`--secret ${name}\`, or with \`secrets = ["${name}"]\` in the table [io.github.cnb-dockerfile].`,
  }),
  "descriptor/declared-name": error<{ what: string; name: string }>({
    summary: "A secret or binding has an invalid name",
    message: ({ what, name }) => `${JSON.stringify(name)} is not a valid name for a ${what}.`,
    hint: ({ what }) =>
      what === "binding's key"
        ? "Use letters, digits, `.`, `_` and `-`, at most 253 of them, and do not begin with `..`; or write `sha256:HEX`."
        : "Use letters, digits, `_`, `.` and `-`, at most 200 of them. Begin with a letter, digit or `_`.",
  }),
  "descriptor/env-value": error<{ name: string }>({
    summary: "A build-time variable contains a NUL character",
    message: ({ name }) => `The value of ${name} contains a NUL character.`,
    hint: () => "Remove it: environment values end at a NUL.",
  }),
};

function lastOf(path: string, separator = "."): string {
  return path.slice(path.lastIndexOf(separator) + 1);
}
