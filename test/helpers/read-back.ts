import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Owner } from "../../src/contract/owner.ts";
import { readDockerfile } from "../../src/dockerfile/read/read-dockerfile.ts";
import type { EmittedFiles } from "../../src/dockerfile/write/emit.ts";
import { commentText } from "../../src/dockerfile/write/quote.ts";
import { writeFiles } from "../../src/export/phase/files.ts";
import { byteStringOf } from "../../src/layer/byte-string.ts";
import { failOnArgument } from "../../src/options/step-variables.ts";
import type { FileContent, LifecyclePlan, PlatformFile } from "../../src/plan/lifecycle-plan.ts";
import type { Base, EnvPart, FileInstruction, Instruction, Mount, Stage } from "../../src/stages/stage.ts";
import type { BuildkitInstruction, BuildkitMount, DockerfileReader } from "./dockerfile-reader.ts";
import { type SeenInstruction, writtenInstructions } from "./written-instructions.ts";

/** What a build adds to the Dockerfile: where `${PATH}` and `${TARGETPLATFORM}` come from. */
export interface Surroundings {
  readonly imageEnv: Readonly<Record<string, string>>;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** What the readers made of the emitted files. */
export interface ReadBack {
  /** Every way in which it is not what the stages say; empty: none. */
  readonly faults: readonly string[];
  /** Files that are written out, wherever they stand in the Dockerfile: path to text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Those of them that are TOML, as the lifecycle reads them. */
  readonly tables: ReadonlyMap<string, unknown>;
}

/**
 * Reads a Dockerfile back with BuildKit's parser and with our reader, and holds each instruction against the stages
 * that it was made from; the files in it, the comment with the plan, and the ignore file likewise.
 */
export async function readBack(
  stages: readonly Stage[],
  plan: LifecyclePlan,
  { dockerfile, dockerignore }: EmittedFiles,
  ignored: readonly string[],
  surroundings: Surroundings,
  reader: DockerfileReader,
): Promise<ReadBack> {
  const faults: string[] = [];
  const texts = new Map<string, string>();
  const tables = new Map<string, unknown>();
  const same = (what: string, expected: unknown, found: unknown) => {
    if (!isDeepStrictEqual(wellFormed(expected), found))
      faults.push(`${what}: ${show(expected)} is read as ${show(found)}`);
  };
  const answer = await reader.ask({ dockerfile, ignore: dockerignore, ...surroundings });
  if (answer.dockerfile === undefined) {
    return { faults: [`BuildKit cannot read the file: ${answer.error}`], texts, tables };
  }
  const { directives, warnings, globals, stages: found } = answer.dockerfile;
  const { failOn = "" } = plan.supplyChain;
  same("directives", plan.syntax === undefined ? [] : [{ name: "syntax", value: plan.syntax }], directives);
  same("warnings", [], warnings);
  same("globals", [{ name: failOnArgument, value: failOn }], globals);
  same("ignored", ignored, answer.ignore ?? []);
  same(
    "stages",
    stages.map(({ name, base }) => ({ name, ...expectedBase(base, failOn) })),
    found.map(({ name, base, platform }) => ({ name, base, platform })),
  );
  same("instructions", count(stages), count(found));
  if (faults.length > 0) return { faults, texts, tables };

  const written: WrittenFile[] = [];
  for (const [index, stage] of stages.entries()) {
    for (const [at, instruction] of stage.instructions.entries()) {
      const read = found[index]?.instructions[at] ?? { keyword: "" };
      const where = `${stage.name}, instruction ${at + 1}`;
      same(where, expectedInstruction(instruction, read, surroundings, plan), read);
      if (instruction.kind === "file") written.push(...writtenFiles(instruction, read));
      for (const text of textsForPrograms(instruction)) {
        if (text.includes("\0")) faults.push(`${where}: no program can be given ${show(text)}`);
      }
    }
  }
  for (const { path, text } of written) texts.set(path, text);
  for (const { path, text, content } of written) {
    if (content.format === "text") same(path, content.text, text);
  }
  const inToml = written.filter(({ content }) => content.format === "toml");
  const { toml = [] } = await reader.ask({ toml: inToml.map(({ text }) => text) });
  for (const [index, { path, content }] of inToml.entries()) {
    const { error, table } = toml[index] ?? { error: "it was not read", table: null };
    tables.set(path, table);
    same(path, content.format === "toml" ? content.table : {}, error ?? table);
  }
  const { generator, cache, platforms, user, runImage, platformApi, execEnv, processType, extensions } = plan;
  const { setsPath, listed } = runImage;
  const app = {
    user,
    runImage: { setsPath, ...(listed === undefined ? {} : { listed }) },
    platformApi,
    ...(execEnv === undefined ? {} : { execEnv }),
    ...(processType === undefined ? {} : { processType }),
    ...(extensions === undefined ? {} : { extensions }),
  };
  const from = {
    version: generator.version,
    arguments: generator.recorded,
    cacheId: cache.id,
    platforms: platforms.map(({ platform }) => platform),
    app,
  };
  const comment = readDockerfile(dockerfile).from;
  if (!isDeepStrictEqual(comment, from))
    faults.push(`plan comment: ${show(from)} is read as ${show(comment)}`);
  same("command", expectedCommand(plan), commandWords(dockerfile.toWellFormed()));
  try {
    const seen = writtenInstructions(dockerfile);
    for (const [at, expected] of expectedBySight(stages, found).entries())
      same(`our reader, instruction ${at + 1}`, expected, wellFormed(seen[at]));
  } catch (error) {
    // What BuildKit makes of the same text is to be told, too.
    faults.push(`our reader cannot read the file: ${error}`);
  }
  return { faults, texts, tables };
}

/** The command in the header, which people copy. A comment has no control characters. */
function expectedCommand({ platforms, buildContexts = [], secrets, volumes = [] }: LifecyclePlan): string[] {
  return [
    ...["docker", "buildx", "build", "--platform", platforms.map(({ platform }) => platform).join(",")],
    ...buildContexts.flatMap((context) => ["--build-context", commentText(context)]),
    ...volumes.flatMap((one) =>
      one.kind === "directory" ? ["--build-context", `${one.context}=DIRECTORY`] : [],
    ),
    ...secrets.flatMap(({ id }) => ["--secret", `id=${id},src=FILE`]),
    ...["--tag", "NAME", "--push", "."],
  ];
}

/** Words as a POSIX shell has them; one with a character that means something to it stands there as it is. */
function commandWords(dockerfile: string): string[] {
  const [, command = ""] = /^# {3}(docker buildx build .*)$/m.exec(dockerfile) ?? [];
  const words = command.match(/(?:'[^']*'|\\.|[^ '\\])+/gs) ?? [];
  return words.map((word) => {
    const harmless = /^(?:'[^']*'|\\'|[\w@%+=:,./-])+$/.test(word);
    return harmless ? word.replace(/'([^']*)'|\\(.)/gs, "$1$2") : word;
  });
}

function count(stages: readonly { readonly name: string; readonly instructions: readonly unknown[] }[]) {
  return stages.map(({ name, instructions }) => [name, instructions.length]);
}

function expectedBase(base: Base, failOn: string) {
  switch (base.kind) {
    case "image":
      return { base: base.reference, platform: base.onBuildPlatform ? "$BUILDPLATFORM" : "" };
    case "stage":
      return { base: base.name, platform: "" };
    case "choice":
      return { base: base.name + (failOn === "" ? "" : base.suffix), platform: "" };
    case "scratch":
      return { base: "scratch", platform: "" };
    case "context":
      return { base: base.name, platform: "" };
  }
}

/** The instruction as BuildKit should take it. Of a file that is not a plain text only the place is known here. */
function expectedInstruction(
  instruction: Instruction,
  read: BuildkitInstruction,
  { imageEnv, buildArgs }: Surroundings,
  plan: LifecyclePlan,
): BuildkitInstruction {
  const { TARGETPLATFORM: platform = "", CNB_CACHE_SCOPE: scope } = buildArgs;
  const expand = (text: string) =>
    text
      .replaceAll(/\$\{TARGETPLATFORM\}/g, () => platform)
      .replaceAll(/\$\{CNB_CACHE_SCOPE:\+\$CNB_CACHE_SCOPE@\}/g, () =>
        scope === undefined ? "" : `${scope}@`,
      );
  switch (instruction.kind) {
    case "arg":
      return {
        keyword: "ARG",
        pairs: [
          {
            name: instruction.name,
            ...(instruction.value === undefined ? {} : { value: instruction.value.toWellFormed() }),
          },
        ],
      };
    case "user":
      return { keyword: "USER", text: owner(instruction.owner) };
    case "workdir":
      return { keyword: "WORKDIR", text: instruction.path };
    case "env": {
      // Two halves of a character are not one where a variable stands between them, be it an empty one.
      const value = (part: EnvPart) =>
        typeof part === "string" ? part.toWellFormed() : (imageEnv[part.variable] ?? "");
      return {
        keyword: "ENV",
        pairs: [{ name: instruction.name, value: instruction.value.map(value).join("") }],
      };
    }
    case "label":
      return { keyword: "LABEL", pairs: [{ name: instruction.name, value: instruction.value }] };
    case "copy":
      return {
        keyword: "COPY",
        copy: {
          from: instruction.from,
          sources: [expand(instruction.source)],
          destination: expand(instruction.destination),
          ...(instruction.owner === undefined ? {} : { owner: owner(instruction.owner) }),
          ...(instruction.link ? { link: true } : {}),
        },
      };
    case "add":
      return {
        keyword: "ADD",
        copy: {
          sources: [typeof instruction.url === "string" ? instruction.url : plan.supplyChain.database],
          destination: instruction.destination,
          ...(instruction.digest === undefined ? {} : { checksum: instruction.digest }),
        },
      };
    case "project-file":
      return {
        keyword: "COPY",
        copy: {
          // A pattern that this file alone fits.
          sources: [instruction.path.replace(/.$/, "[$&]")],
          destination: instruction.destination,
        },
      };
    case "file":
      return {
        keyword: "COPY",
        copy: {
          files: [
            { text: instruction.content.format === "text" ? instruction.content.text : heredocOf(read) },
          ],
          destination: instruction.path,
          // BuildKit's own for such a file is 0644.
          ...(instruction.mode === "0644" ? {} : { mode: instruction.mode }),
        },
      };
    case "run":
      return {
        keyword: "RUN",
        run: {
          words: [...instruction.argv],
          network: instruction.network ? "default" : "none",
          security: "sandbox",
          ...(instruction.mounts.length === 0
            ? {}
            : { mounts: instruction.mounts.map((mount) => expectedMount(mount, expand)) }),
        },
      };
    case "entrypoint":
      return { keyword: "ENTRYPOINT", run: { words: [...instruction.argv] } };
    case "cmd":
      return { keyword: "CMD", run: { words: [...instruction.argv] } };
    // Somebody else's, whose meaning is not ours.
    case "written":
      return read;
  }
}

function expectedMount(mount: Mount, expand: (text: string) => string): BuildkitMount {
  switch (mount.kind) {
    case "context":
      return { type: "bind", target: mount.target, readOnly: true };
    case "bind":
      return {
        ...{ type: "bind", from: mount.from, source: mount.source, target: mount.target },
        ...(mount.isWritable === true ? {} : { readOnly: true }),
      };
    case "secret":
    case "ssh":
      return {
        type: mount.kind,
        id: mount.id,
        target: mount.target,
        readOnly: true,
        required: true,
        uid: mount.owner.uid,
        gid: mount.owner.gid,
        ...(mount.kind === "secret" && mount.mode !== undefined
          ? { mode: Number.parseInt(mount.mode, 8) }
          : {}),
      };
    case "cache":
      return {
        type: "cache",
        id: expand(mount.id),
        target: mount.target,
        sharing: "locked",
        uid: mount.owner.uid,
        gid: mount.owner.gid,
      };
  }
}

function owner({ uid, gid }: Owner): string {
  return `${uid}:${gid}`;
}

/** What the kernel hands to programs as text that ends at a NUL. */
function textsForPrograms(instruction: Instruction): readonly string[] {
  switch (instruction.kind) {
    case "run":
    case "entrypoint":
    case "cmd":
      return instruction.argv;
    case "env":
      return instruction.value.filter((part) => typeof part === "string");
    case "arg":
    case "user":
    case "workdir":
    case "label":
    case "copy":
    case "add":
    case "project-file":
    case "file":
    case "written":
      return [];
  }
}

interface WrittenFile {
  readonly path: string;
  /** As it will be on the disk. */
  readonly text: string;
  readonly content: FileContent;
}

/** Files that an instruction brings: the one it is, or those that the export program makes of its list. */
function writtenFiles({ path, content }: FileInstruction, read: BuildkitInstruction): WrittenFile[] {
  const text = heredocOf(read);
  switch (content.format) {
    case "text":
    case "toml":
      return [{ path, text, content }];
    case "files":
      return unpack(text, content.files);
  }
}

function heredocOf(read: BuildkitInstruction): string {
  return read.copy?.files?.[0]?.text ?? "";
}

function unpack(list: string, files: readonly PlatformFile[]): WrittenFile[] {
  const directory = mkdtempSync(join(tmpdir(), "cnb-dockerfile-files-"));
  try {
    const listFile = join(directory, "files.json");
    writeFileSync(listFile, list);
    writeFiles(byteStringOf(listFile), byteStringOf(join(directory, "tree")));
    return files.map(({ path, content }) => ({
      path,
      text: readFileSync(join(directory, "tree", path), "utf8"),
      content,
    }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The same instructions as our reader should see them, which expands no variables and reads no TOML. */
function expectedBySight(
  stages: readonly Stage[],
  found: readonly { readonly instructions: readonly BuildkitInstruction[] }[],
): SeenInstruction[] {
  // The argument before the first stage.
  const first: SeenInstruction = { keyword: "ARG" };
  const others = stages.flatMap(({ name, instructions }, index) => [
    { keyword: "FROM", stage: name },
    ...instructions.map((instruction, at) =>
      astInstruction(instruction, found[index]?.instructions[at] ?? { keyword: "" }),
    ),
  ]);
  return [first, ...others];
}

function astInstruction(instruction: Instruction, read: BuildkitInstruction): SeenInstruction {
  switch (instruction.kind) {
    case "arg":
    case "user":
    case "workdir":
    case "add":
    case "project-file":
    case "written":
      return { keyword: read.keyword };
    case "env": {
      const value = (part: EnvPart) => (typeof part === "string" ? part : `\${${part.variable}}`);
      return { keyword: "ENV", name: instruction.name, value: instruction.value.map(value).join("") };
    }
    case "label":
      return { keyword: "LABEL", name: instruction.name, value: instruction.value };
    case "copy":
      return { keyword: "COPY", from: instruction.from };
    case "file":
      return { keyword: "COPY", heredoc: heredocOf(read).slice(0, -1) };
    case "run":
    case "entrypoint":
    case "cmd":
      return { keyword: read.keyword, words: instruction.argv };
  }
}

/** A file is UTF-8, which has no lone surrogates: they become U+FFFD, as they do where Go reads JSON. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]),
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 2000 ? text : `${text.slice(0, 2000)}…`;
}
