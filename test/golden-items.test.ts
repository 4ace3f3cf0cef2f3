import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DiagnosticCode } from "../src/diagnostics/catalog.ts";
import { goldenDirectory } from "./helpers/cases.ts";

/** What is wrong, the case that shows it, the code of what is said, the place that is named, the exit code. */
type Item = readonly [
  item: string,
  golden: string,
  code: DiagnosticCode,
  place: string,
  exitCode: 0 | 1 | 2 | 75,
];

const builder = "registry.example/acme/builder:24";
const runImage = "registry.example/acme/run:24";

/** A line and column follow wherever TOML gives one. */
const wrong: readonly Item[] = [
  ["broken TOML", "error-broken-toml", "descriptor/toml-syntax", "project.toml:9:24", 1],
  ["a key given twice", "error-duplicate-key", "descriptor/duplicate-key", "project.toml:11:1", 1],
  [
    "a text, list or table of another type",
    "error-wrong-types",
    "descriptor/wrong-type",
    "project.toml:3:1",
    1,
  ],
  ["[build.env] as a map", "error-build-env-as-map", "descriptor/wrong-type", "project.toml:4:1", 1],
  ["a composite's missing part", "error-buildpack-missing", "plan/buildpack-missing", builder, 1],
  ["another distribution", "error-buildpack-distribution", "plan/buildpack-platform", builder, 1],
  ["no layers", "error-run-image-without-layers", "plan/run-image-without-layers", runImage, 1],
  ["[[io.buildpacks.env]]", "cli/error-misplaced", "descriptor/wrong-type", "project.toml:7:1", 1],
  ["[io.buildpacks.env] as a map", "cli/check-misplaced", "descriptor/misplaced-key", "project.toml:7:1", 0],
  ["a key path in quotes", "cli/check-misplaced", "descriptor/quoted-key", "project.toml:14:1", 0],
  ["pack's NAME --path", "cli/build-error-pack-form", "cli/source-twice", "--path", 1],
  ["export in an env file", "cli/error-env-file-export", "cli/env-file-export", "vars.env:2", 1],
  ['env = ["K=V"]', "error-env-as-list", "descriptor/wrong-type", "project.toml:9:8", 1],
  ["tables of 0.1 under 0.2", "warns-of-0.1-tables", "descriptor/other-schema-table", "project.toml:8:1", 0],
  ["a key that means nothing", "warns-of-unknown-keys", "descriptor/unknown-key", "project.toml:7:1", 0],
  [
    "an unknown schema version",
    "error-schema-version",
    "descriptor/schema-unsupported",
    "project.toml:2:1",
    1,
  ],
  [
    "include with exclude",
    "error-include-and-exclude",
    "descriptor/include-and-exclude",
    "project.toml:7:1",
    1,
  ],
  [
    "an entry without id and uri",
    "error-bad-entries",
    "descriptor/buildpack-unnamed",
    "project.toml:10:1",
    1,
  ],
  [
    "an entry with uri and version",
    "error-bad-entries",
    "descriptor/buildpack-uri-and-version",
    "project.toml:15:1",
    1,
  ],
  [
    "an inline script without api",
    "error-bad-entries",
    "descriptor/script-without-api",
    "project.toml:19:1",
    1,
  ],
  ["an empty license", "error-bad-entries", "descriptor/license-empty", "project.toml:8:1", 1],
  [
    "two versions and no choice",
    "error-buildpack-version-open",
    "plan/buildpack-version-open",
    "project.toml:9:1",
    1,
  ],
  ["an unknown id", "error-buildpack-unknown", "plan/buildpack-unknown", "project.toml:9:1", 1],
  ["an unknown uri scheme", "error-buildpack-scheme", "modules/unknown-scheme", "project.toml:9:1", 1],
  [
    "a uri that leaves the project",
    "error-buildpack-outside-project",
    "modules/outside-project",
    "project.toml:9:1",
    1,
  ],
  ["a composite that contains itself", "error-buildpack-cycle", "plan/buildpack-cycle", builder, 1],
  [
    "a script's shell that cannot be found",
    "error-script-shell",
    "descriptor/script-shell",
    "project.toml:14:1",
    1,
  ],

  [
    "an added buildpack's file that is no TOML",
    "error-buildpack-toml",
    "descriptor/toml-syntax",
    "buildpacks/other/buildpack.toml:4:6",
    1,
  ],
  [
    "one that lacks a key",
    "error-buildpack-toml",
    "modules/missing-key",
    "buildpacks/extra/buildpack.toml:3:1",
    1,
  ],
  [
    "a dependency that leaves the project",
    "error-package-toml",
    "modules/dependency-outside-project",
    "buildpacks/extra/package.toml:5:1",
    1,
  ],

  [
    "a registry name for an image extension",
    "error-extension-names",
    "modules/extension-registry",
    "--extension",
    1,
  ],
  [
    "from=builder for an image extension",
    "error-extension-names",
    "modules/extension-from-builder",
    "--extension",
    1,
  ],
  [
    "an image extension that the builder lacks",
    "error-extension-names",
    "plan/extension-unknown",
    "--extension",
    1,
  ],
  ["an image extension that is not there", "error-extension-names", "modules/not-found", "--extension", 1],
  [
    "a buildpack for an image extension",
    "error-not-an-extension",
    "modules/not-an-extension",
    "--extension",
    1,
  ],
  [
    "an image extension for a Buildpack API that the lifecycle lacks",
    "error-extension-api",
    "plan/extension-api-unsupported",
    "--extension",
    1,
  ],
  [
    "an image extension's package without a platform",
    "error-extension-image-platform",
    "plan/platform-missing",
    "--extension",
    1,
  ],
  [
    "--extension without a syntax line",
    "error-extension-flag-and-file",
    "plan/extensions-and-file",
    "--extension",
    1,
  ],
  [
    "an image extension for a buildpack",
    "error-extension-as-buildpack",
    "modules/not-a-buildpack",
    "--buildpack",
    1,
  ],
  [
    "buildpack.toml in extension.toml",
    "error-not-an-extension",
    "modules/buildpack",
    "wrong/extension.toml",
    1,
  ],
  [
    "an image extension for other targets",
    "warns-of-extension-platform",
    "plan/extension-platform",
    "--extension",
    0,
  ],

  ["not UTF-8", "cli/error-not-utf8", "descriptor/not-utf8", "project.toml:3:12", 1],
  ["UTF-16 of PowerShell", "cli/error-utf-16", "descriptor/utf-16", "project.toml", 1],
  ["a NUL in the file", "cli/error-nul", "descriptor/nul", "project.toml:2:8", 1],
  ["larger than any descriptor", "cli/error-too-large", "descriptor/too-large", "project.toml", 1],
  ["a path that is not there", "cli/error-descriptor-missing", "descriptor/not-found", "other.toml", 1],
  ["a directory for a file", "cli/error-descriptor-is-directory", "descriptor/unreadable", "project.toml", 1],
  [
    "a file that may not be read",
    "cli/error-descriptor-unreadable",
    "descriptor/unreadable",
    "project.toml",
    1,
  ],
  [
    "a descriptor that is a link to a file of the user's",
    "cli/error-descriptor-leads-out",
    "files/outside-project",
    "project.toml",
    1,
  ],
  [
    "an output that is a link of the project",
    "cli/error-output-through-link",
    "files/output-link",
    "--output",
    1,
  ],
  ["a root below the project", "cli/error-root", "files/root-not-above", "--root", 1],
  ["a symlink loop", "cli/error-descriptor-link-loop", "descriptor/unreadable", "project.toml", 1],
  ["a project that is not there", "cli/error-project-missing", "cli/no-project", "nowhere", 1],
  ["a project that is a symlink loop", "cli/error-project-link-loop", "cli/no-project", "loop", 1],

  ["no builder named anywhere", "error-no-builder", "plan/no-builder", "project.toml", 1],
  ["no builder and no descriptor", "cli/error-no-builder-no-descriptor", "plan/no-builder", "--builder", 1],
  ["an image that is no builder", "error-not-a-builder", "builder/not-a-builder", builder, 1],
  ["no run image", "error-builder-without-run-image", "plan/no-run-image", builder, 1],
  ["a builder that does not exist", "error-image-not-found", "plan/image-not-found", "project.toml:6:1", 1],
  ["a run image that does not exist", "error-run-image-not-found", "plan/image-not-found", builder, 1],
  ["no common Platform API", "error-no-common-platform-api", "plan/no-common-platform-api", builder, 1],
  ["a label that is not JSON", "error-label-not-json", "builder/label-unreadable", builder, 1],
  ["a label of 50 MB", "registry/label-of-50-mb", "registry/too-large", builder, 1],
  [
    "a scope of the cache in the builder's environment",
    "error-builder-sets-cache-scope",
    "builder/sets-argument",
    builder,
    1,
  ],
  ["missing user ids", "error-builder-without-user", "builder/no-user", builder, 1],
  ["root as build user", "error-builder-user-is-root", "builder/no-user", builder, 1],
  ["a platform that the builder lacks", "error-platform-missing", "plan/platform-missing", builder, 1],
  ["a platform that the run image lacks", "error-platform-missing", "plan/platform-missing", runImage, 1],
  [
    "a platform that no buildpack's targets have",
    "error-buildpack-platform",
    "plan/buildpack-platform",
    builder,
    1,
  ],
  [
    "a platform that an added buildpack's image lacks",
    "error-buildpack-image-platform",
    "plan/platform-missing",
    "project.toml:9:1",
    1,
  ],

  ["a registry that refuses connections", "registry/refused", "registry/unavailable", builder, 75],
  ["a registry that does not answer", "registry/timeout", "registry/unavailable", builder, 75],
  ["a connection that breaks", "registry/connection-broken", "registry/unavailable", builder, 75],
  ["401", "registry/401", "registry/denied", builder, 1],
  ["403", "registry/403", "registry/denied", builder, 1],
  ["404", "registry/404", "plan/image-not-found", "--builder", 1],
  ["429", "registry/429", "registry/rate-limited", builder, 75],
  ["500", "registry/500", "registry/unavailable", builder, 75],
  ["truncated JSON", "registry/truncated-json", "registry/bad-answer", builder, 1],
  ["a wrong digest", "registry/wrong-digest", "registry/wrong-digest", builder, 1],
  ["a redirect loop", "registry/redirect-circle", "registry/redirect", builder, 1],
  [
    "a certificate that nobody signed",
    "registry/certificate-self-signed",
    "registry/certificate",
    builder,
    1,
  ],
  ["a certificate that has expired", "registry/certificate-expired", "registry/certificate", builder, 1],

  ["a platform that is none", "cli/error-platforms", "cli/bad-platform", "--platform", 1],
  [
    "a variable's name with = in project.toml",
    "error-env-names",
    "descriptor/env-name",
    "project.toml:9:1",
    1,
  ],
  ["one with a newline", "error-env-names", "descriptor/env-name", "project.toml:13:1", 1],
  ["one with a NUL", "error-env-names", "descriptor/env-name", "project.toml:17:1", 1],
  ["a variable's name that is none, as a flag", "cli/error-env-names", "descriptor/env-name", "--env", 1],
  ["a NUL in an env file", "cli/error-env-file-nul", "descriptor/nul", "vars.env:2:2", 1],
  ["a flag given twice", "cli/error-flag-repeated", "cli/repeated-flag", "--builder", 2],
  ["an unknown flag", "cli/error-flag-unknown", "cli/unknown-flag", "--bulider", 2],
  ["an unknown CNB_ argument", "cli/error-build-arguments", "cli/build-arg-unknown", "--build-arg", 1],
  [
    "a --builder that is one of buildx's",
    "error-builder-bare-word",
    "plan/builder-bare-word",
    "--builder",
    1,
  ],
  ["a secret in project.toml", "warns-of-secrets", "descriptor/looks-like-secret", "project.toml:9:1", 0],
  ["a secret in --env", "warns-of-secrets", "descriptor/looks-like-secret", "--env", 0],
];

/** What other tools stumble over and is fine here. */
const fine: readonly (readonly [item: string, golden: string])[] = [
  ["a byte order mark", "cli/utf-8-with-byte-order-mark"],
  ["Windows line ends", "cli/windows-line-ends"],
  ["a file of 5 MB", "cli/five-megabytes"],
  ["an inline script without shell", "inline-script-without-shell"],
  ["no project.toml", "no-project-toml"],
];

describe("an input that is wrong is answered with what, where and what to do:", () => {
  it.each(wrong)("%s (golden/%s)", (_, golden, code, place, exitCode) => {
    const said = diagnosticsOf(golden).filter((text) => text.includes(`[${code}]\n  at ${place}`));
    // A place that goes on (`project.toml:9:1` in `project.toml:9:12`) is another one.
    const [first] = said.filter((text) => /^(?::\D|\n|$)/.test(text.split(`\n  at ${place}`)[1] ?? ""));
    expect(first, `no ${code} at ${place}`).toMatch(/\n {2}fix: \S/);
    expect(first).toMatch(exitCode === 0 ? /^warning: / : /^error: /);
    expect(exitCodeOf(golden)).toBe(exitCode);
  });
});

it.each(fine)("%s is fine (golden/%s)", (_, golden) => {
  expect(exitCodeOf(golden)).toBe(0);
});

it("a value that looks like a secret is never shown", () => {
  for (const golden of ["warns-of-secrets", "warns-of-secrets-in-one-line"]) {
    expect(readGolden(golden, "project.toml")).toContain("made-up");
    expect(diagnosticsOf(golden).join("\n")).not.toContain("made-up");
  }
});

function readGolden(golden: string, file: string): string | undefined {
  const path = join(goldenDirectory, golden, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function diagnosticsOf(golden: string): string[] {
  const text = readGolden(golden, "diagnostics.txt") ?? readGolden(golden, "stderr.txt") ?? "";
  return text.trimEnd().split(/\n(?=error: |warning: )/);
}

/** Cases without the program have no exit code of their own: who makes a Dockerfile has done what was asked. */
function exitCodeOf(golden: string): number {
  const own = readGolden(golden, "exit-code.txt");
  if (own !== undefined) return Number(own);
  return readGolden(golden, "Dockerfile") === undefined ? 1 : 0;
}
