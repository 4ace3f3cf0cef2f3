import { present } from "../../present.ts";
import { version } from "../../version.ts";
import { Collection } from "../collection.ts";
import { sortedBy } from "../compare-texts.ts";
import type { Component } from "../component.ts";
import { carriedComponents } from "../components.ts";
import { cyclonedxSerialNumber, type DocumentIdentity } from "../identity.ts";
import { Names } from "../names.ts";
import type { CyclonedxSbom } from "../sbom.ts";
import type { SbomSource } from "../sources.ts";
import type {
  CyclonedxComponent,
  CyclonedxDependency,
  CyclonedxDocument,
  CyclonedxTool,
} from "./cyclonedx.ts";
import { cyclonedxComponent } from "./cyclonedx-components.ts";
import { bomRefs, withBomRefs, withNewRefs } from "./cyclonedx-refs.ts";

/** What the serial number is made for: no other document of ours has this name. */
const documentName = "buildpacks";

/** The oldest version that we write. Versions have one digit after `1.`, so texts compare as the numbers do. */
const oldestVersion = "1.4";

/** Lists that refer to components, or to nothing. */
const otherLists = [
  "services",
  "compositions",
  "vulnerabilities",
  "annotations",
  "formulation",
  "externalReferences",
  "properties",
] as const;

/** One document of all sources, of the newest version that one of them has. Undefined: they name nothing. */
export function mergeCyclonedx(
  sources: readonly SbomSource[],
  identity: DocumentIdentity,
): CyclonedxSbom | undefined {
  const merging = new CyclonedxMerging();
  for (const { directory, spdx, cyclonedx, syft } of sources) {
    const other = spdx ?? syft;
    if (cyclonedx !== undefined) merging.take(cyclonedx.document, directory);
    else if (other !== undefined) merging.carryOver(carriedComponents(other), directory);
  }
  const document = merging.document(identity);
  return document.components === undefined ? undefined : { kind: "cyclonedx", document };
}

interface Dependency {
  readonly dependsOn: Set<string>;
  readonly provides: Set<string>;
}

/** Documents that become one, a source after the other. */
class CyclonedxMerging {
  readonly #refs = new Names();
  readonly #components = new Collection<{ component: CyclonedxComponent }>();
  readonly #dependencies = new Map<string, Dependency>();
  readonly #lists = new Map(otherLists.map((list) => [list, new Collection<object>()]));
  readonly #tools = new Collection<CyclonedxTool>();
  #specVersion = oldestVersion;

  constructor() {
    const own = { name: "cnb-dockerfile", version };
    this.#tools.add(own, () => own);
  }

  /** Takes a document over, with refs that no other has. */
  take(document: CyclonedxDocument, directory: string): void {
    if (document.specVersion > this.#specVersion) this.#specVersion = document.specVersion;
    /** Old names and new ones. */
    const refs = new Map<string, string>();
    const rename = (ref: string): string => {
      const renamed = this.#refs.unique(`${directory}:${ref}`);
      if (!refs.has(ref)) refs.set(ref, renamed);
      return renamed;
    };
    const subject = document.metadata?.component;
    const components = [...(subject === undefined ? [] : [subject]), ...(document.components ?? [])];
    const fresh = components.flatMap((component) => this.#takeComponent(component, refs, rename));
    // References may lead to what stands further down, so only now all new names are known.
    for (const kept of fresh) kept.component = withNewRefs(kept.component, refs);
    const items = otherLists.flatMap((list) =>
      (document[list] ?? []).map((item) => ({ list, item: withBomRefs(item, rename) })),
    );
    for (const { list, item } of items) {
      const renamed = withNewRefs(item, refs);
      this.#lists.get(list)?.add(renamed, () => renamed);
    }
    for (const dependency of document.dependencies ?? []) this.#takeDependency(dependency, refs);
    for (const tool of toolsOf(document)) this.#tools.add(tool, () => tool);
  }

  /** Takes over what another format names. */
  carryOver(components: readonly Component[], directory: string): void {
    for (const component of components) {
      const ref = component.purl ?? [component.name, component.version ?? []].flat().join("@");
      const { "bom-ref": _, ...content } = cyclonedxComponent(component, ref);
      this.#components.add([true, content], () => ({
        component: cyclonedxComponent(component, this.#refs.unique(`${directory}:${ref}`)),
      }));
    }
  }

  document(identity: DocumentIdentity): CyclonedxDocument {
    const byText = <T>(kept: Collection<T> | undefined) =>
      sortedBy(kept?.all() ?? [], (value) => JSON.stringify(value));
    const components = this.#components.all().map(({ component }) => component);
    const lists = {
      components: sortedBy(components, ({ name, version = "", "bom-ref": ref = "" }) =>
        JSON.stringify([name, version, ref]),
      ),
      dependencies: sortedBy(this.#dependencies, ([ref]) => ref).map(
        ([ref, { dependsOn, provides }]): CyclonedxDependency => ({
          ref,
          ...(dependsOn.size === 0 ? {} : { dependsOn: [...dependsOn].sort() }),
          ...(provides.size === 0 ? {} : { provides: [...provides].sort() }),
        }),
      ),
      ...Object.fromEntries(otherLists.map((list) => [list, byText(this.#lists.get(list))])),
    };
    return {
      $schema: `http://cyclonedx.org/schema/bom-${this.#specVersion}.schema.json`,
      bomFormat: "CycloneDX",
      specVersion: this.#specVersion,
      serialNumber: cyclonedxSerialNumber(documentName, identity),
      version: 1,
      metadata: { timestamp: identity.created, tools: byText(this.#tools) },
      ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    };
  }

  /** Out: what is kept of it, where nothing like it was there before. */
  #takeComponent(
    component: CyclonedxComponent,
    refs: Map<string, string>,
    rename: (ref: string) => string,
  ): { component: CyclonedxComponent }[] {
    const { "bom-ref": own, ...content } = component;
    let fresh: { component: CyclonedxComponent } | undefined;
    const kept = this.#components.add([own !== undefined, content], () => {
      fresh = { component: withBomRefs(component, rename) };
      return fresh;
    });
    if (fresh !== undefined) return [fresh];
    // Whoever refers to this one, or to a part of it, means the one that is there.
    const names = bomRefs(kept.component);
    for (const [index, ref] of bomRefs(component).entries()) {
      const name = names[index];
      if (name !== undefined && !refs.has(ref)) refs.set(ref, name);
    }
    return [];
  }

  #takeDependency(
    { ref, dependsOn = [], provides = [] }: CyclonedxDependency,
    refs: ReadonlyMap<string, string>,
  ): void {
    const name = refs.get(ref);
    // Of a component that is not there: nobody could follow it.
    if (name === undefined) return;
    const kept = this.#dependencies.get(name) ?? { dependsOn: new Set(), provides: new Set() };
    this.#dependencies.set(name, kept);
    for (const one of dependsOn) kept.dependsOn.add(refs.get(one) ?? "");
    for (const one of provides) kept.provides.add(refs.get(one) ?? "");
    kept.dependsOn.delete("");
    kept.provides.delete("");
  }
}

/** Name, vendor and version of each: all versions of the format can say that much in a list. */
function toolsOf({ metadata }: CyclonedxDocument): CyclonedxTool[] {
  const tools = metadata?.tools ?? [];
  const list = Array.isArray(tools) ? tools : (tools.components ?? []);
  return list.map(({ vendor, name, version }) => ({
    ...present({ vendor, name, version }),
  }));
}
