import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { readCompileOptions } from "../../frontend/request/compile-options.ts";
import { projectArguments } from "../../src/cli/build/project-arguments.ts";
import type { GenerateFlags } from "../../src/cli/flags.ts";
import { parseArguments } from "../../src/cli/program.ts";
import { withBuildArguments } from "../../src/cli/project/build-arguments.ts";
import { readOptions } from "../../src/cli/project/options.ts";
import { addTableFlags } from "../../src/cli/table-flags.ts";
import { readDescriptor } from "../../src/descriptor/descriptor.ts";
import { attributeOf, longFlag, type NamedOption, optionRows } from "../../src/options/table.ts";
import type { CompileOptions } from "../../src/plan/options.ts";
import { absent } from "../helpers/absent.ts";
import { wholeMachine } from "../helpers/border.ts";
import { faultsOf } from "../helpers/errors.ts";
import { frontendOptions } from "../helpers/frontend.ts";

/** A value that an option cannot have, and what is said of it. A row that checks its values has to have one here. */
const wrong: Readonly<Record<string, readonly [text: string, code: string]>> = {
  previousImage: ["No Image", "plan/bad-reference"],
  builder: ["No Image", "plan/bad-reference"],
  runImage: ["No Image", "plan/bad-reference"],
  bindings: ["db", "cli/bad-binding"],
  volumes: ["m2:relative:rw", "plan/volume-target"],
  execEnv: ["a b", "cli/bad-exec-env"],
  processType: ["../../bin/sh", "cli/bad-process-type"],
  cacheId: ["-", "plan/bad-cache-id"],
  cacheScope: ["a/b", "plan/bad-cache-scope"],
  workspaceMode: ["0644", "plan/bad-workspace-mode"],
  failOn: ["hihg", "scan/unknown-severity"],
  scanConfig: ["../grype.yaml", "plan/bad-scan-config"],
  vulnerabilityDatabase: ["https://me:secret@mirror.example/latest.json", "plan/database-with-password"],
  maxDatabaseAge: ["5", "plan/bad-max-age"],
  sbomFormat: ["swid", "plan/bad-sbom-format"],
  syftImage: ["oci-layout://./syft", "plan/tool-image-place"],
  grypeImage: ["Grype!", "plan/bad-reference"],
  secrets: ["a/b", "descriptor/declared-name"],
  ssh: ["a/b", "descriptor/declared-name"],
  cacheImage: ["registry.example/app-cache@sha256:0123", "plan/bad-cache-image"],
  secretsVersion: ["hunter 2", "plan/bad-secrets-version"],
  handedUris: ["no JSON", "frontend/bad-handed-uris"],
};

const compiled = optionRows.filter((row) => row.compiled === true);
const checked = compiled.filter(({ read }) => read !== undefined);
const project = { directory: absent, border: wholeMachine };

type Reads = (text: string) => unknown;

/** Every way to say an option, by the door at which it is read. */
function doorsOf({ name, flag, argument, key, form, doors }: NamedOption): [string, Reads][] {
  const ways: [string, Reads][] = [];
  const value = (text: string) => (form === "switch" ? [] : [text]);
  if (flag !== undefined && doors.includes("generate")) {
    const long = longFlag(flag);
    ways.push([`generate ${long}`, (text) => generate([`${long}=${value(text).join("")}`])]);
  }
  if (argument !== undefined && doors.includes("generate") && name !== "volumes") {
    ways.push([`generate --build-arg ${argument}`, (text) => generate([`--build-arg=${argument}=${text}`])]);
  }
  if (flag !== undefined && doors.includes("build")) {
    const long = longFlag(flag);
    ways.push([`build ${long}`, (text) => build([`${long}=${text}`])]);
  }
  if (argument !== undefined) {
    ways.push([`build --build-arg ${argument}`, (text) => build([`--build-arg=${argument}=${text}`])]);
    ways.push([`frontend ${argument}`, (text) => frontend({ [argument]: text })]);
  }
  if (key !== undefined && name !== "bindings") {
    ways.push([`project.toml ${key}`, (text) => descriptor(key, form === "list" ? [text] : text)]);
  }
  return ways;
}

function generate(words: readonly string[]): CompileOptions {
  const flags: GenerateFlags = withBuildArguments(parseArguments(words) ?? {});
  const options = readOptions(flags, project, "cache", () => {});
  // The image of a build is the frontend's choice.
  return options;
}

function build(words: readonly string[]): ReadonlyMap<string, string> {
  const flags = addTableFlags(new Command().exitOverride(), "build").parse(words, { from: "user" }).opts();
  return projectArguments(flags, { source: {}, env: {}, border: wholeMachine, report: () => {} })
    .buildArguments;
}

function frontend(args: Readonly<Record<string, string>>): CompileOptions {
  const values = Object.entries(args).map(([name, text]) => [`build-arg:${name}`, text] as const);
  return readCompileOptions(frontendOptions(Object.fromEntries(values)), [], undefined);
}

function descriptor(key: string, value: string | readonly string[]) {
  const text = `[_]\nschema-version = "0.2"\n[io.github.cnb-dockerfile]\n${key} = ${JSON.stringify(value)}\n`;
  return readDescriptor({ file: "project.toml", text }, () => {});
}

describe("a wrong value is refused alike at every door, before anything runs:", () => {
  it("each option that checks its values has one here", () => {
    expect(checked.map(({ name }) => name).sort()).toEqual(Object.keys(wrong).sort());
  });

  const ways = checked.flatMap((row) =>
    doorsOf(row).map(([door, reads]) => [row.name, door, reads] as const),
  );

  it.each(ways)("%s by %s", (name, _, reads) => {
    const [text = "", code] = wrong[name] ?? [];
    expect(faultsOf(() => reads(text)).map((fault) => fault.code)).toEqual([code]);
  });

  it("goes through all doors", () => {
    const doors = new Set(ways.map(([, door]) => door.split(" ")[0]));
    expect([...doors].sort()).toEqual(["build", "frontend", "generate", "project.toml"]);
  });
});

describe("an empty text says nothing, at every door:", () => {
  const ways = compiled
    .filter(({ refusesEmpty, form }) => refusesEmpty !== true && form !== "switch")
    .flatMap((row) =>
      doorsOf(row)
        // A file that somebody has written says what it says.
        .filter(([door]) => !door.startsWith("project.toml"))
        .map(([door, reads]) => [row.name, door, reads] as const),
    )
    // Directories have another form than the items of the argument.
    .filter(([, door]) => !/^(?:generate|build) --(?:volume|binding|secret|ssh)$/.test(door));

  it.each(ways)("%s by %s", (_, door, reads) => {
    const nothing = door.startsWith("generate")
      ? generate([])
      : door.startsWith("build")
        ? build([])
        : frontend({});
    const { fallbackCacheId: __, ...expected } = nothing as CompileOptions;
    const { fallbackCacheId: ___, ...found } = reads("") as CompileOptions;
    expect(found).toEqual(expected);
  });

  it("CNB_BUILDER= is no builder, and no image called nothing", () => {
    expect(frontend({ CNB_BUILDER: "" })).not.toHaveProperty("builder");
    expect(generate(["--build-arg=CNB_BUILDER="])).not.toHaveProperty("builder");
    expect(build(["--builder=acme/builder", "--build-arg=CNB_BUILDER="]).get("CNB_BUILDER")).toBe(
      "acme/builder",
    );
    expect(generate(["--builder="]).recorded).toEqual([]);
  });

  it("a switch, too", () => {
    expect(frontend({ CNB_KEEP_MODES: "" })).not.toHaveProperty("keepModes");
    expect(generate(["--build-arg=CNB_KEEP_MODES="])).not.toHaveProperty("keepModes");
    expect([...build(["--build-arg=CNB_KEEP_MODES="]).keys()]).toEqual(["CNB_DOCKERFILE_SOURCE_PLACE"]);
  });

  it("but a scope that is empty is none of a build that was to have one", () => {
    const codes = (reads: () => unknown) => faultsOf(reads).map(({ code }) => code);
    expect(codes(() => generate(["--cache-scope="]))).toEqual(["plan/bad-cache-scope"]);
    expect(codes(() => build(["--cache-scope="]))).toEqual(["plan/bad-cache-scope"]);
    expect(codes(() => build(["--build-arg=CNB_CACHE_SCOPE="]))).toEqual(["plan/bad-cache-scope"]);
    expect(codes(() => frontend({ CNB_CACHE_SCOPE: "" }))).toEqual(["plan/bad-cache-scope"]);
  });
});

describe("a secret in quotes, as buildx reads it,", () => {
  it.each(['"id=FOO",src=/run/foo', 'src=/run/foo,"id=FOO"', '"id=FOO","src=/run/a,b"'])(
    "is declared: %s",
    (text) => {
      const flags = { secret: [text] };
      const { buildArguments } = projectArguments(flags, {
        ...{ source: {}, env: {}, border: wholeMachine },
        report: () => {},
      });
      expect(buildArguments.get("CNB_SECRETS")).toBe("FOO");
    },
  );
});

it("attributes are those of flags", () => {
  expect(attributeOf("-B, --builder <image>")).toBe("builder");
  expect(attributeOf("--no-cache")).toBe("cache");
  expect(attributeOf("--no-cache-filter <stage>")).toBe("noCacheFilter");
});
