import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A version of ours that a file names. */
export interface NamedVersion {
  /** From the root. */
  readonly file: string;
  readonly version: string;
}

const semver = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]*[0-9A-Za-z])?`;

/** Files that hold our version once, and how it stands there. */
const places: readonly (readonly [file: string, pattern: RegExp])[] = [
  ["package.json", new RegExp(`^ {2}"version": "(${semver})"`, "m")],
  ["package-lock.json", new RegExp(`^ {2}"version": "(${semver})"`, "m")],
  ["packages/helper-image/package.json", new RegExp(`^ {2}"version": "(${semver})"`, "m")],
  ["src/version.ts", new RegExp(`^export const version = "(${semver})"`, "m")],
  ["action.yml", new RegExp(`^ {4}default: "(${semver})"`, "m")],
  ["ci/gitlab/build.yml", new RegExp(`^ {6}default: "?(${semver})"?$`, "m")],
  ["ci/tekton/task.yaml", new RegExp(`app\\.kubernetes\\.io/version: "(${semver})"`)],
  ["README.md", new RegExp(`^Version (${semver})`, "m")],
];

/** Files and directories that name our packages, images or tags with a version. */
const mentioning = [
  "README.md",
  "action.yml",
  "ci",
  "docs",
  "examples",
  "packages",
  "scanner",
  "website/index.md",
];
const mention = new RegExp(`cnb-dockerfile(?:-image|-builder|-scanner)?(?:[:@/]v?|-)(${semver})`, "g");

/** Every place where our version stands. Throws where a file has none that should have one. In: the checkout's root. */
export function namedVersions(root: string): NamedVersion[] {
  const fixed = places.map(([file, pattern]) => {
    const version = pattern.exec(readFileSync(join(root, file), "utf8"))?.[1];
    if (version === undefined) throw new Error(`${file} names no version of ours`);
    return { file, version };
  });
  const mentioned = mentioning
    .flatMap((path) => filesOf(root, path))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      return [...text.matchAll(mention)].map(([, version = ""]) => ({
        file,
        version: version.replace(/\.tgz$/, ""),
      }));
    });
  return [...fixed, ...mentioned];
}

function filesOf(root: string, path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:md|ya?ml|json|sh)$|Dockerfile$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
