import { diagnose } from "../../diagnostics/diagnose.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { version } from "../../version.ts";
import { Collection } from "../collection.ts";
import { sortedBy } from "../compare-texts.ts";
import type { DocumentIdentity } from "../identity.ts";
import { Names } from "../names.ts";
import type { SyftSbom } from "../sbom.ts";
import type { SbomSource } from "../sources.ts";
import type { SyftArtifact, SyftDocument, SyftRelationship } from "./syft.ts";

/**
 * One document of the sources that have this format. Undefined: none has.
 * Schemas of different major versions cannot stand in one document: older ones are left out with a warning
 * `sbom/left-out`; the other formats name what is in them.
 */
export function mergeSyft(
  sources: readonly SbomSource[],
  { identity }: DocumentIdentity,
  report: Report,
): SyftSbom | undefined {
  const found = sources.flatMap(({ directory, syft }) =>
    syft === undefined ? [] : [{ directory, document: syft.document }],
  );
  const [newest] = found.map(({ document }) => document.schema).sort((a, b) => compareVersions(b, a));
  if (newest === undefined) return undefined;
  const merging = new SyftMerging(identity);
  for (const { directory, document } of found) {
    if (majorOf(document.schema) === majorOf(newest)) {
      merging.take(document, directory);
      continue;
    }
    const path = `${directory}/sbom.syft.json`;
    const reason = `its schema is ${document.schema.version}, and another file has ${newest.version}`;
    report(diagnose("sbom/left-out", { path, reason }, { file: path }));
  }
  return { kind: "syft", document: merging.document(newest) };
}

type Schema = SyftDocument["schema"];

function compareVersions(a: Schema, b: Schema): number {
  return a.version.localeCompare(b.version, "en", { numeric: true });
}

function majorOf({ version }: Schema): string {
  return version.replace(/\..*$/, "");
}

/** Documents that become one, a source after the other. */
class SyftMerging {
  readonly #ids = new Names();
  readonly #artifacts = new Collection<SyftArtifact>();
  readonly #files = new Collection<object & { readonly id: string }>();
  readonly #relationships = new Collection<SyftRelationship>();
  readonly #distros = new Collection<NonNullable<SyftDocument["distro"]>>();
  readonly #identity: string;

  constructor(identity: string) {
    this.#identity = this.#ids.unique(identity);
  }

  /** Takes a document over; ids stay, but where another document has the same one for something else. */
  take(document: SyftDocument, directory: string): void {
    const ids = new Map(document.source?.id === undefined ? [] : [[document.source.id, this.#identity]]);
    const takeAll = <T extends { readonly id?: string }>(kept: Collection<T>, items: readonly T[]) => {
      for (const item of items) {
        const { id } = kept.add(item, () =>
          item.id === undefined ? item : { ...item, id: this.#idOf(item.id, directory) },
        );
        if (item.id !== undefined && id !== undefined && !ids.has(item.id)) ids.set(item.id, id);
      }
    };
    takeAll(this.#artifacts, document.artifacts);
    takeAll(this.#files, document.files ?? []);
    for (const relationship of document.artifactRelationships ?? []) {
      const parent = ids.get(relationship.parent);
      const child = ids.get(relationship.child);
      // Of something that is not there: nobody could follow it.
      if (parent === undefined || child === undefined) continue;
      const renamed = { ...relationship, parent, child };
      this.#relationships.add(renamed, () => renamed);
    }
    const { distro } = document;
    if (distro !== undefined && distro !== null) this.#distros.add(distro, () => distro);
  }

  document(schema: Schema): SyftDocument {
    const distros = this.#distros.all();
    return {
      artifacts: sortedBy(this.#artifacts.all(), ({ name, version = "", id = "" }) =>
        JSON.stringify([name, version, id]),
      ),
      artifactRelationships: sortedBy(this.#relationships.all(), (one) => JSON.stringify(one)),
      files: sortedBy(this.#files.all(), ({ id }) => id),
      source: {
        id: this.#identity,
        name: "buildpacks",
        version: "",
        type: "directory",
        metadata: { path: "" },
      },
      // What the sources do not agree on is nobody's.
      distro: distros.length === 1 ? (distros[0] ?? {}) : {},
      descriptor: { name: "cnb-dockerfile", version },
      schema,
    };
  }

  #idOf(id: string, directory: string): string {
    return this.#ids.has(id) ? this.#ids.unique(`${directory}:${id}`) : this.#ids.unique(id);
  }
}
