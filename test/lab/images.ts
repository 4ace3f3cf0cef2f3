/** Full reference of every image a lab holds. */
export interface LabImages {
  readonly builder: string;
  /** A plain manifest for linux/amd64, no index. */
  readonly builderAmd64Only: string;
  /** Lifecycle 0.20: Platform API up to 0.14. */
  readonly builderOldLifecycle: string;
  /** Forty buildpacks in composites several levels deep. */
  readonly builderLarge: string;
  readonly builderExtensions: string;
  /** Its lifecycle is our probe, which runs no buildpack and tells what it was given. linux/amd64 only. */
  readonly builderProbe: string;
  /** Buildpacks written the way vendors write theirs, for the JVM, Python and PHP; linux/amd64 only. */
  readonly builderVendors: string;
  /** The image that pack runs phases in which the builder is not trusted with; the probe is around the lifecycle. */
  readonly lifecycle: string;
  /** `lab/added@2.0.0`, which is on no builder: an index of two platforms. */
  readonly buildpackage: string;
  /** `lab/suite@1.0.0`, a composite, with what it depends on: an index of two platforms. */
  readonly buildpackageComposite: string;
  readonly buildBase: string;
  readonly runBase: string;
  readonly runBaseAmd64Only: string;
  /** `runBase` and one file in a layer of its own: to rebase on. */
  readonly runBasePatched: string;
  /** Debian, a shell and `node` on PATH: stands for a stock Node image. */
  readonly node: string;
}

export function labImages(registry: string): LabImages {
  const at = (name: string) => `${registry}/lab/${name}`;
  return {
    builder: at("builder:1"),
    builderAmd64Only: at("builder:amd64-only"),
    builderOldLifecycle: at("builder:lifecycle-0.20"),
    builderLarge: at("builder:large"),
    builderExtensions: at("builder:extensions"),
    builderProbe: at("builder:probe"),
    builderVendors: at("builder:vendors"),
    lifecycle: at("lifecycle:probe"),
    buildpackage: at("buildpackage:2"),
    buildpackageComposite: at("buildpackage:composite"),
    buildBase: at("build-base:12"),
    runBase: at("run-base:12"),
    runBaseAmd64Only: at("run-base:amd64-only"),
    runBasePatched: at("run-base:12-patched"),
    node: at("node:24"),
  };
}

/** The Platform APIs that we support. */
export const platformApis = ["0.12", "0.13", "0.14", "0.15"] as const;

/** A builder whose lifecycle says that it speaks this Platform API alone, with the probe around it; linux/amd64 only. */
export function platformApiBuilder(registry: string, api: (typeof platformApis)[number]): string {
  return `${registry}/lab/builder:platform-api-${api}`;
}
