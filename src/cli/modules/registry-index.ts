import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { systemReason } from "../../diagnostics/system-reason.ts";
import { type Border, borderOf } from "../../files/border.ts";
import { LeadsOutside, readInside } from "../../files/read-inside.ts";
import type { RegistryEntry, RegistryName } from "../../modules/module-source.ts";
import {
  findInIndex,
  indexPath,
  maxIndexFileBytes,
  noIndex,
  readRegistryIndex,
} from "../../modules/registry-index.ts";
import { present } from "../../present.ts";
import type { HttpClient } from "../../registry/http/http.ts";
import { httpGet } from "../../registry/http/http-get.ts";

interface LookUpOptions {
  /** Address or directory of the index. */
  readonly registryIndex: string;
  readonly http: HttpClient;
  /** An index in the project is read inside of it alone. */
  readonly border: Border;
  readonly report: Report;
}

/**
 * Looks a buildpack up in a registry index. In: version absent: the highest that is not yanked. Out: undefined where the
 * index has no such buildpack. Throws CompileError, or TemporaryError where retrying can help.
 */
export async function lookUpBuildpack(
  wanted: RegistryName,
  { registryIndex, http, border, report }: LookUpOptions,
): Promise<RegistryEntry | undefined> {
  const index = readRegistryIndex(registryIndex);
  const base = index.kind === "http" ? index.url : directoryOf(index.address);
  const file = `${base}/${indexPath(wanted)}`;
  const text =
    index.kind === "http" ? await download(file, http) : readFrom(base, file, borderOf(base, border));
  return text === undefined ? undefined : findInIndex({ text, file }, wanted, report);
}

/** A directory, or `file:///…`. */
function directoryOf(address: string): string {
  if (address.startsWith("file:")) {
    try {
      return fileURLToPath(address);
    } catch (error) {
      throw noIndex(address, "it is not the path of a local directory", error);
    }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//.test(address)) throw noIndex(address, "it is neither http, https nor file");
  return address;
}

async function download(url: string, http: HttpClient): Promise<string | undefined> {
  const answer = await httpGet(http, { url: new URL(url), shown: url, maxSizeBytes: maxIndexFileBytes });
  return answer?.bytes.toString("utf8");
}

function readFrom(directory: string, file: string, border: string | undefined): string | undefined {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw noIndex(directory, "the directory does not exist");
  }
  try {
    const rules = { limitBytes: maxIndexFileBytes, ...present({ border }) };
    return readInside(file, rules).toString("utf8");
  } catch (error) {
    if (error instanceof LeadsOutside) throw noIndex(directory, `${file} is outside the project`, error);
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw noIndex(directory, `${file}: ${systemReason(error)}`, error);
  }
}
