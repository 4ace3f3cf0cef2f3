import { relative, sep } from "node:path";
import { cacheImageOutput } from "../../build/caches/buildpack-cache.ts";
import { formatAttributes } from "../../engines/outputs/build-output.ts";
import { cacheImageTarget } from "../../stages/paths.ts";
import type { ProjectTarget } from "./project-target.ts";
import { secretDirectory, targetFileMark } from "./target-file.ts";

/** The target that the others inherit from. */
const sharedName = "_project";

/**
 * Projects as a file for `docker buildx bake`, whose paths start from the working directory. In: at least one project, and that
 * directory.
 */
export function bakeFile(targets: readonly ProjectTarget[], from: string): string {
  const shared = sharedArguments(targets);
  const platforms = targets[0]?.platforms ?? [];
  return [
    ...header,
    block("variable", "REGISTRY", [attribute("default", hclText(""))]),
    block("variable", "TAG", [attribute("default", hclText("latest"))]),
    block("group", "default", [attribute("targets", list(targets.flatMap(namesOf).map(hclText)))]),
    block("target", sharedName, [
      ...(platforms.length === 0 ? [] : [attribute("platforms", list(platforms.map(hclText)))]),
      ...argumentLines(shared),
    ]),
    ...targets.flatMap((target) => [
      block("target", target.name, targetLines(target, shared, from)),
      ...cacheBlocks(target),
    ]),
  ].join("\n");
}

const header = [
  targetFileMark,
  "#",
  "#   docker buildx bake                  builds every project",
  "#   docker buildx bake NAME             builds one",
  "#   REGISTRY=registry.example/acme/ TAG=1.2.3 docker buildx bake --push",
  "#",
  "# Paths start from the directory where you run it.",
  "",
];

function targetLines(
  { name, directory, file, buildArguments, secrets, ssh }: ProjectTarget,
  shared: ReadonlyMap<string, string>,
  from: string,
): string[] {
  const own = new Map([...buildArguments].filter(([key]) => !shared.has(key)));
  const offers = secrets.map(({ id, variable }) =>
    hclText(
      formatAttributes({
        id,
        ...(variable === undefined ? { src: `${secretDirectory}/${id}` } : { env: variable }),
      }),
    ),
  );
  return [
    attribute("inherits", list([hclText(sharedName)])),
    attribute("context", hclText(contextPath(from, directory))),
    attribute("dockerfile", hclText(file)),
    // A name has letters, digits and dashes alone.
    attribute("tags", list([`"\${REGISTRY}${name}:\${TAG}"`])),
    ...argumentLines(own),
    ...(offers.length === 0 ? [] : [attribute("secret", list(offers))]),
    ...(ssh === undefined ? [] : [attribute("ssh", list([hclText(ssh)]))]),
  ];
}

const cacheTargetName = (name: string) => `${name}_cache`;

function namesOf({ name, cacheImage }: ProjectTarget): string[] {
  return [name, ...(cacheImage === undefined ? [] : [cacheTargetName(name)])];
}

/** Writes the app's cache beside its image; BuildKit runs the steps that both have once. */
function cacheBlocks({ name, cacheImage }: ProjectTarget): string[] {
  if (cacheImage === undefined) return [];
  const { type, attributes } = cacheImageOutput;
  const output = formatAttributes({ type, ...attributes });
  return [
    block("target", cacheTargetName(name), [
      attribute("inherits", list([hclText(name)])),
      attribute("target", hclText(cacheImageTarget)),
      attribute("tags", list([hclText(cacheImage)])),
      attribute("output", list([hclText(output)])),
      attribute("attest", list([hclText("type=provenance,disabled=true")])),
    ]),
  ];
}

/** Arguments that all projects have, with the same value. */
function sharedArguments([first, ...others]: readonly ProjectTarget[]): ReadonlyMap<string, string> {
  return new Map(
    [...(first?.buildArguments ?? [])].filter(([name, value]) =>
      others.every(({ buildArguments }) => buildArguments.get(name) === value),
    ),
  );
}

function argumentLines(values: ReadonlyMap<string, string>): string[] {
  if (values.size === 0) return [];
  const lines = Array.from(values, ([name, value]) => `    ${hclText(name)} = ${hclText(value)}`);
  return ["  args = {", ...lines, "  }"];
}

function block(kind: string, name: string, lines: readonly string[]): string {
  return [`${kind} "${name}" {`, ...lines, "}", ""].join("\n");
}

function attribute(name: string, value: string): string {
  return `  ${name} = ${value}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

/** A directory as a path that neither bake nor compose takes for an address. */
export function contextPath(from: string, directory: string): string {
  const path = relative(from, directory).split(sep).join("/");
  if (path === "") return ".";
  return path.startsWith("../") || path === ".." ? path : `./${path}`;
}

/**
 * A text as HCL has it: a JSON string, but that HCL knows fewer escapes, and takes `${` and `%{` for a template.
 * Source: HCL Native Syntax Specification, "Template Expressions".
 */
export function hclText(text: string): string {
  return JSON.stringify(text)
    .replace(/\\(u[0-9a-f]{4}|.)/g, (whole, letter: string) => {
      if (letter === "b") return "\\u0008";
      return letter === "f" ? "\\u000c" : whole;
    })
    .replace(/([$%])\{/g, "$1$1{");
}
