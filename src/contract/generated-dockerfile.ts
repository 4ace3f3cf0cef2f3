/** A Dockerfile that an image extension made during detection. */
export interface GeneratedDockerfile {
  /** The extension that it comes from. */
  readonly id: string;
  readonly version: string;
  /** What it is applied to: the builder image or the run image. */
  readonly kind: "build" | "run";
  readonly text: string;
  /** Build arguments of its extend-config.toml. */
  readonly arguments: readonly { readonly name: string; readonly value: string }[];
  /** Its build context, absolute in the stage `detect`, and the digest of what is in it. Absent: the app's directory. */
  readonly context?: { readonly path: string; readonly digest: string } | undefined;
}

/** What image extensions made during detection. */
export interface GeneratedDockerfiles {
  readonly version: 1;
  /** Name of the run image, as analyzed.toml has it after detection. */
  readonly runImage: string;
  /** In the order in which the extensions take part. */
  readonly dockerfiles: readonly GeneratedDockerfile[];
}
