import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { contentsDirectory, contentsOf, offeredFile } from "../../contract/cache/memory-places.ts";
import { type ByteString, bytesOf } from "../../layer/byte-string.ts";
import { present } from "../../present.ts";
import { tomlOfJson } from "../../toml/toml-of-json.ts";
import type { TomlTable } from "../../toml/toml-table.ts";
import { writeToml } from "../../toml/write-toml.ts";
import { cacheTarPath, readMemory } from "../cache/cache-directory.ts";
import { copyDigested } from "../cache/digested-file.ts";
import { reasonOf } from "../file-fault.ts";
import { formatSize, type Log } from "../log.ts";
import type { OfferedLayer } from "./kept-layers.ts";
import { type BaseRequest, type Memory, memoryBase, type StoredTarName } from "./memory.ts";
import { recallTar } from "./recall.ts";

interface OfferRequest extends BaseRequest {
  readonly cacheDirectory: ByteString;
  /** Where `restore` finds what it hands to the restorer. Absent: buildpacks are offered nothing. */
  readonly offerDirectory?: ByteString;
  /** Where `export` finds the contents of what a buildpack keeps. */
  readonly keptDirectory: ByteString;
}

/** Name of the image that the restorer is told of. No registry can have it. */
const rememberedImage = "cnb-dockerfile.invalid/remembered:image";

/**
 * Lays out what the buildpacks may keep of the app's last image: analyzed.toml with metadata and stores, bills of materials,
 * and the layers themselves. All of it comes from one look at the cache, so that what is offered is there when it is kept.
 * A memory of another run image or execution environment offers nothing. Throws CompileError, or node's error.
 */
export async function offerMemory(request: OfferRequest, log: Log): Promise<void> {
  const { offerDirectory, keptDirectory, platformsDirectory, platform } = request;
  mkdirSync(bytesOf(`${keptDirectory}${contentsDirectory}`), { recursive: true });
  const memory = offerDirectory === undefined ? undefined : usableMemory(request, log);
  const layers = memory === undefined ? [] : takeLayers(memory, request, log);
  writeFileSync(bytesOf(`${keptDirectory}${offeredFile}`), `${JSON.stringify(layers)}\n`);
  if (offerDirectory === undefined) return;
  const analyzed = readFileSync(bytesOf(`${platformsDirectory}/${platform}/analyzed.toml`), "utf8");
  mkdirSync(bytesOf(offerDirectory), { recursive: true });
  const buildpacks = memory === undefined ? [] : offeredBuildpacks(memory, layers);
  writeFileSync(bytesOf(`${offerDirectory}/analyzed.toml`), withOffer(analyzed, buildpacks));
  if (memory?.sbom !== undefined && layers.length > 0) {
    await offerSboms(request, memory.sbom, `${offerDirectory}/sbom/launch`, log);
  }
}

function usableMemory(request: OfferRequest, log: Log): Memory | undefined {
  const memory = readMemory(request.cacheDirectory);
  if (memory === undefined || memory.base === memoryBase(request)) return memory;
  log("memory: not used, because the last image had another run image or execution environment");
  return undefined;
}

/** What is damaged is not offered; its buildpack makes it again. */
function takeLayers(
  { buildpacks }: Memory,
  { cacheDirectory, keptDirectory }: OfferRequest,
  log: Log,
): readonly OfferedLayer[] {
  const taken = new Set<string>();
  return buildpacks.flatMap(({ id, layers }) =>
    layers.flatMap(({ name, dataJson, sha, sizeBytes }): OfferedLayer[] => {
      const label = `memory ${id}:${name} ${formatSize(sizeBytes)}`;
      const to = `${keptDirectory}${contentsOf(sha)}`;
      if (
        !taken.has(sha) &&
        !takeTar(cacheDirectory, sha, to, (reason) => log(`${label} not used: ${reason}`))
      )
        return [];
      taken.add(sha);
      log(`${label} ${dataJson === undefined ? "available" : "offered"}`);
      return [{ id, name, sha, sizeBytes }];
    }),
  );
}

function takeTar(
  cacheDirectory: ByteString,
  sha: string,
  to: ByteString,
  onFault: (reason: string) => void,
): boolean {
  const leave = (reason: string): false => {
    rmSync(bytesOf(to), { force: true });
    onFault(reason);
    return false;
  };
  try {
    return copyDigested(cacheTarPath(cacheDirectory, sha), to).sha === sha || leave("it is damaged");
  } catch (error) {
    return leave(reasonOf(error));
  }
}

function offeredBuildpacks({ buildpacks }: Memory, offered: readonly OfferedLayer[]): TomlTable[] {
  return buildpacks.flatMap(({ id, layers, storeJson }): TomlTable[] => {
    const kept = layers.filter(({ name }) => offered.some((one) => one.id === id && one.name === name));
    const tables = kept.flatMap(({ name, dataJson }) => {
      if (dataJson === undefined) return [];
      const metadata = tomlOfJson(JSON.parse(dataJson));
      return [[name, { launch: true, ...present({ metadata }) }] as const];
    });
    if (tables.length === 0 && storeJson === undefined) return [];
    return [
      {
        key: id,
        layers: Object.fromEntries(tables),
        ...(storeJson === undefined ? {} : { store: { metadata: tomlOfJson(JSON.parse(storeJson)) ?? {} } }),
      },
    ];
  });
}

/**
 * Without the layers' digests: the restorer holds them against cached layers alone, and none of these is cached. Source: CNB
 * platform spec, "analyzed.toml".
 */
function withOffer(analyzed: string, buildpacks: readonly TomlTable[]): string {
  if (buildpacks.length === 0) return analyzed;
  const offer = { image: { reference: rememberedImage }, metadata: { buildpacks } };
  return `${analyzed.trimEnd()}\n\n${writeToml(offer)}`;
}

async function offerSboms(
  { cacheDirectory, keptDirectory }: OfferRequest,
  { sha }: StoredTarName,
  to: ByteString,
  log: Log,
): Promise<void> {
  const tar = `${keptDirectory}/sbom.tar`;
  const leave = (reason: string) => log(`memory: SBOMs not used: ${reason}`);
  if (!takeTar(cacheDirectory, sha, tar, leave)) return;
  try {
    await recallTar(tar, to);
  } catch (error) {
    rmSync(bytesOf(to), { recursive: true, force: true });
    leave(reasonOf(error));
  } finally {
    rmSync(bytesOf(tar), { force: true });
  }
}
