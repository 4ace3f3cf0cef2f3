import { realpathSync, type Stats, statSync } from "node:fs";
import { open } from "node:fs/promises";
import * as v from "valibot";
import { ArchiveError } from "../../archive/archive-error.ts";
import { ArchiveFile } from "../../archive/archive-file.ts";
import { readArchiveContent } from "../../archive/content.ts";
import type { LayoutImage } from "../../archive/oci-layout.ts";
import { programFault } from "../../archive/program-fault.ts";
import { readTar, type TarMember } from "../../archive/tar.ts";
import { UnpackBudget, UnpackLimitError, usualLimits, withoutLimits } from "../../archive/unpack-budget.ts";
import { epochSeconds } from "../../contract/epoch.ts";
import { escapeId } from "../../contract/escape-id.ts";
import { buildpackLayersLabel, extensionLayersLabel } from "../../contract/label-names.ts";
import { type ModuleKind, moduleDirectories, moduleNames, tomlOf } from "../../contract/module-kind.ts";
import { whyNone } from "../../contract/wrong-kind.ts";
import { diagnose } from "../../diagnostics/diagnose.ts";
import { CompileError, type Report } from "../../diagnostics/diagnostic.ts";
import { formatPlatform, type Platform, samePlatform } from "../../image/platform.ts";
import { record } from "../../image/record.ts";
import { type ByteString, byteStringOf, bytesOf, textOf } from "../../layer/byte-string.ts";
import { plainStats, readPlainFile } from "../../layer/plain-path.ts";
import { modeOf, OddEntryError, walkTree } from "../../layer/walk.ts";
import { readTomlText } from "../checked-file.ts";
import { type CopyRules, type CopyTotals, copyTree } from "../copy-tree.ts";
import { kindNames, reasonOf } from "../file-fault.ts";
import { reportLeftOut } from "../left-out.ts";
import { limits } from "../limits.ts";
import { ModuleTree } from "./module-tree.ts";

export interface ModuleName {
  readonly id: string;
  readonly version: string;
}

interface ModuleRequest {
  /** What is brought: all of them are of one kind. */
  readonly kind: ModuleKind;
  /** A module's directory, an archive of one, or a package (`.cnb`). */
  readonly from: ByteString;
  /** Whether `from` is the root of a package's image instead. */
  readonly isImage: boolean;
  /** Stands for `/`. */
  readonly to: ByteString;
  /** Every module that it held when the Dockerfile was made; never none. */
  readonly expected: readonly ModuleName[];
  /** Absent: a package holds one image. */
  readonly platform?: Platform;
}

/** Source: CNB distribution spec, "Buildpackage". */
const layersSchema = record(v.string(), record(v.string(), v.object({ layerDiffID: v.string() })));
const nameSchema = v.object({ id: v.string(), version: v.string() });
const buildpackTomlSchema = v.object({ buildpack: nameSchema });
const extensionTomlSchema = v.object({ extension: nameSchema });

/** Needs no execute bit to count as a program. Source: pack, `calcFileMode`. */
const programs: ReadonlySet<string> = new Set(["bin/build", "bin/detect", "bin/generate"]);

/** Without setuid, setgid and sticky: by them, a buildpack would become root while it is detected or builds. */
const permissions = 0o777;

/**
 * Brings added buildpacks, or an image extension, to where a builder has its own, below `to`: files 0644 or 0755, root's, of
 * 1980, whatever the checkout made of them; those of a buildpackage keep their permissions. No attributes are copied, so
 * neither are capabilities.
 * Throws CompileError where it does not hold what it held when the Dockerfile was made, node's error where a file is
 * unreadable. Source: pack, `toDistTar` and its buildpackages.
 */
export async function copyModule(request: ModuleRequest, report: Report): Promise<CopyTotals> {
  const stats = statSync(bytesOf(request.from), { throwIfNoEntry: false });
  const path = textOf(request.from);
  if (stats === undefined)
    throw new CompileError([diagnose("export/module-missing", { path }, { file: path })]);
  try {
    const totals = await copyAny(request, stats, report);
    await requireStartable(request);
    return totals;
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    const advice = error instanceof UnpackLimitError ? `; ${withoutLimits}` : "";
    throw unusable(request, `${error.message}${advice}`, error);
  }
}

function copyAny(request: ModuleRequest, stats: Stats, report: Report): CopyTotals | Promise<CopyTotals> {
  if (request.isImage) return copyImage(request, report);
  return stats.isDirectory() ? copyDirectory(request, report) : copyArchive(request, report);
}

/** Of an image nobody has seen the files before. Throws CompileError where Linux cannot start a buildpack's programs. */
async function requireStartable(request: ModuleRequest): Promise<void> {
  const { kind, from, to, expected } = request;
  const path = textOf(from);
  for (const module of expected) {
    const fault = await programFault(`${textOf(to)}/${directoryOf(kind, module)}`, kind);
    if (fault === undefined) continue;
    const buildpack = `${module.id}@${module.version}`;
    if (fault.kind === "platforms") throw unusable(request, `of ${buildpack}, ${fault.reason}`);
    const values = { buildpack, program: fault.program };
    throw new CompileError([diagnose("export/module-line-ends", values, { file: path })]);
  }
}

/** Which modules it holds, its label has said; the image is pinned by its digest. */
function copyImage({ kind, from, to, expected }: ModuleRequest, report: Report): CopyTotals {
  const tree = new ModuleTree(to);
  const totals = expected.map((module) => {
    const name = directoryOf(kind, module);
    const toml = `/${byteStringOf(name)}/${tomlOf(kind)}`;
    const stats = plainModuleStats(from, toml);
    if (stats?.isFile() !== true) throw new ArchiveError(`it has no ${name}/${tomlOf(kind)}`);
    return copyInto(tree, name, `${from}/${byteStringOf(name)}`, withoutSetuid, report);
  });
  tree.resetTimes();
  return {
    files: totals.reduce((sum, { files }) => sum + files, 0),
    sizeBytes: totals.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** Throws ArchiveError for a link on the way, which could lead to what the image does not hold. */
function plainModuleStats(root: ByteString, path: ByteString): Stats | undefined {
  try {
    return plainStats(root, path);
  } catch (error) {
    if (!(error instanceof OddEntryError)) throw error;
    const odd = textOf(error.path.slice(root.length + 1));
    throw new ArchiveError(`its ${odd} is a ${kindNames[error.kind]}, not a ${error.wanted}`, {
      cause: error,
    });
  }
}

function copyDirectory(request: ModuleRequest, report: Report): CopyTotals {
  const from = realpathSync(bytesOf(request.from), { encoding: "latin1" });
  const module = nameIn(request, textIn(request, from), textOf(from));
  checkModules(request, [module]);
  const tree = new ModuleTree(request.to);
  const totals = copyInto(tree, directoryOf(request.kind, module), from, moduleMode, report);
  tree.resetTimes();
  return totals;
}

/** In: the text of a module's TOML file, and what messages call the module. */
function nameIn({ kind }: ModuleRequest, text: string, place: string): ModuleName {
  const path = `${place}/${tomlOf(kind)}`;
  switch (kind) {
    case "buildpack":
      return readTomlText(text, path, buildpackTomlSchema).buildpack;
    case "extension":
      return readTomlText(text, path, extensionTomlSchema).extension;
  }
}

/** It may be a link to another file of the module, as the rest may. */
function textIn(request: ModuleRequest, from: ByteString): string {
  const name = tomlOf(request.kind);
  const path = `${from}/${name}`;
  if (!statSync(bytesOf(path), { throwIfNoEntry: false })?.isFile()) {
    throw unusable(request, `it has no ${name}`);
  }
  const target = realpathSync(bytesOf(path), { encoding: "latin1" });
  if (!target.startsWith(`${from}/`)) {
    throw unusable(request, `its ${name} points to ${textOf(target)}`);
  }
  return (readPlainFile(from, target.slice(from.length), limits.metadataBytes) ?? Buffer.alloc(0)).toString(
    "utf8",
  );
}

/** Copies a module's directory to its place. Messages name what is left out as the module has it. */
function copyInto(
  tree: ModuleTree,
  name: string,
  from: ByteString,
  mode: CopyRules["mode"],
  report: Report,
): CopyTotals {
  tree.makeDirectory(name);
  return copyTree(walkTree(from, ""), tree.place(name), {
    owner: { uid: 0, gid: 0 },
    mode,
    mtimeSeconds: epochSeconds,
    onLeftOut: ({ path }, kind) => reportLeftOut(textOf(path), kind, report),
  });
}

function withoutSetuid(stats: Stats): number {
  return modeOf(stats) & permissions;
}

function moduleMode(stats: Stats, name: ByteString): number {
  return stats.isDirectory() ? 0o755 : fileMode(name.slice(1), modeOf(stats));
}

function fileMode(name: string, mode: number): number {
  return (mode & 0o111) !== 0 || programs.has(name) ? 0o755 : 0o644;
}

async function copyArchive(request: ModuleRequest, report: Report): Promise<CopyTotals> {
  const file = await open(bytesOf(request.from), "r");
  try {
    const archive = await ArchiveFile.open(file);
    const content = await readArchiveContent(archive);
    const reason = content.kind === "buildpackage" ? undefined : whyNone(content, request.kind);
    if (reason !== undefined) throw new ArchiveError(reason);
    switch (content.kind) {
      case "neither":
        throw new Error("an archive without a module has no reason");
      case "buildpack":
      case "extension": {
        const text = content.kind === "buildpack" ? content.buildpackToml : content.extensionToml;
        const module = nameIn(request, text, textOf(request.from));
        checkModules(request, [module]);
        return await unpack(rooted(archive.members(), directoryOf(request.kind, module)), request, report);
      }
      case "buildpackage": {
        const image = pickImage(request, content.images);
        const { modules, diffIds } = readModules(image, request.kind);
        checkModules(request, modules);
        const layers = image.layers.filter(({ diffId }) => diffIds.has(diffId));
        const directories = modules.map((module) => directoryOf(request.kind, module));
        return await unpack(layerMembers(archive, layers, directories), request, report);
      }
    }
  } finally {
    await file.close();
  }
}

/** An archive's buildpack as pack would put it on a builder. */
async function* rooted(
  members: AsyncIterable<TarMember>,
  directory: string,
): AsyncGenerator<TarMember, void, undefined> {
  for await (const member of members) {
    const { name, kind, mode, target } = member;
    yield {
      ...member,
      name: name === "" ? directory : `${directory}/${name}`,
      mode: kind === "directory" ? 0o755 : fileMode(name, mode),
      target: kind === "hardlink" ? `${directory}/${target}` : target,
    };
  }
}

/** What the layers hold of the modules, in the archive's order: no two layers have a module in common. */
async function* layerMembers(
  archive: ArchiveFile,
  layers: LayoutImage["layers"],
  directories: readonly string[],
): AsyncGenerator<TarMember, void, undefined> {
  const waiting = new Map(layers.map((layer) => [layer.blob, layer]));
  // One for all layers; what the archive itself becomes is bounded by its own.
  const budget = new UnpackBudget(usualLimits);
  for await (const blob of archive.members()) {
    const layer = waiting.get(blob.name);
    if (layer === undefined || blob.kind !== "file") continue;
    waiting.delete(blob.name);
    for await (const member of readTar(budget.unpack(blob.content(), layer.gzipped), budget)) {
      const belongs = directories.some(
        (directory) => member.name === directory || member.name.startsWith(`${directory}/`),
      );
      // The directories above, which each layer repeats.
      if (!belongs && member.kind === "directory") continue;
      if (!belongs)
        throw new ArchiveError(`its layer has ${JSON.stringify(member.name)}, which belongs to no buildpack`);
      yield member;
    }
  }
  const [missing] = waiting.keys();
  if (missing !== undefined) throw new ArchiveError(`it has no ${missing}`);
}

async function unpack(
  members: AsyncIterable<TarMember>,
  { kind: moduleKind, to, expected }: ModuleRequest,
  report: Report,
): Promise<CopyTotals> {
  const tree = new ModuleTree(to);
  const [files, sizes] = [new Set<string>(), { bytes: 0 }];
  for await (const member of members) {
    const { kind } = member;
    if (kind === "other") {
      report(diagnose("export/left-out", { path: member.name, kind: "device or FIFO" }));
      continue;
    }
    sizes.bytes += await tree.put({ ...member, kind, mode: member.mode & permissions });
    if (kind !== "directory") files.add(member.name);
  }
  for (const module of expected) {
    const name = `${directoryOf(moduleKind, module)}/${tomlOf(moduleKind)}`;
    if (!files.has(name)) throw new ArchiveError(`it has no ${name}`);
  }
  tree.resetTimes();
  return { files: files.size, sizeBytes: sizes.bytes };
}

function pickImage({ from, platform }: ModuleRequest, images: readonly LayoutImage[]): LayoutImage {
  const [only] = images;
  if (only !== undefined && images.length === 1) return only;
  const image = images.find(
    (candidate) => platform !== undefined && samePlatform(candidate.platform, platform),
  );
  if (image !== undefined) return image;
  const path = textOf(from);
  throw new CompileError([
    diagnose(
      "export/module-platform",
      {
        path,
        platform: platform === undefined ? undefined : formatPlatform(platform),
        available: images.map((candidate) => formatPlatform(candidate.platform)),
      },
      { file: path },
    ),
  ]);
}

function readModules(
  { config }: LayoutImage,
  kind: ModuleKind,
): { modules: ModuleName[]; diffIds: ReadonlySet<string> } {
  const name = kind === "buildpack" ? buildpackLayersLabel : extensionLayersLabel;
  const label = config.labels[name];
  if (label === undefined) throw new ArchiveError(`it has no label ${name}`);
  let value: unknown;
  try {
    value = JSON.parse(label);
  } catch (error) {
    throw new ArchiveError(`its label ${name} is not JSON (${reasonOf(error)})`, {
      cause: error,
    });
  }
  const checked = v.safeParse(layersSchema, value);
  if (!checked.success) throw new ArchiveError(`its label ${name} is not valid`);
  const versions = Object.entries(checked.output).flatMap(([id, byVersion]) =>
    Object.entries(byVersion).map(([version, { layerDiffID }]) => ({ id, version, layerDiffID })),
  );
  return {
    modules: versions.map(({ id, version }) => ({ id, version })),
    diffIds: new Set(versions.map(({ layerDiffID }) => layerDiffID)),
  };
}

function checkModules({ from, expected }: ModuleRequest, found: readonly ModuleName[]): void {
  const [wanted, there] = [expected, found].map((modules) =>
    [...new Set(modules.map(({ id, version }) => `${id}@${version}`))].sort(),
  );
  if (wanted?.join("\n") === there?.join("\n")) return;
  const path = textOf(from);
  throw new CompileError([
    diagnose("export/module-changed", { path, found: there ?? [], expected: wanted ?? [] }, { file: path }),
  ]);
}

/** Without the slash at its beginning. */
function directoryOf(kind: ModuleKind, { id, version }: ModuleName): string {
  return `${moduleDirectories[kind].slice(1)}/${escapeId(id)}/${version}`;
}

function unusable(
  { kind, from }: Pick<ModuleRequest, "kind" | "from">,
  reason: string,
  cause?: unknown,
): CompileError {
  const path = textOf(from);
  const values = { module: moduleNames[kind], path, reason };
  return new CompileError([diagnose("export/module-unusable", values, { file: path })], { cause });
}
