/**
 * What an image runs on. Source: OCI image spec, "Image Index", `platform`.
 * Normalised as containerd does, so that equal platforms have equal text: arm64's variant v8 is left out,
 * 32-bit arm without a variant is v7.
 */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** As others write it. */
type WrittenPlatform = Omit<Platform, "variant"> & { readonly variant?: string | undefined };

const aliases: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  armhf: "arm",
  armel: "arm",
  i386: "386",
};

/** Reads `linux/arm64`, `linux/arm/v7`. Undefined: the text is not a platform. */
export function parsePlatform(text: string): Platform | undefined {
  const parts = text.split("/");
  const [os, architecture, variant] = parts;
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part))) return undefined;
  if (os === undefined || architecture === undefined) return undefined;
  return normalizePlatform({
    os: os.toLowerCase(),
    architecture: aliases[architecture.toLowerCase()] ?? architecture.toLowerCase(),
    ...(variant === undefined ? {} : { variant: variant.toLowerCase() }),
  });
}

/** The form in which equal platforms are equal. */
export function normalizePlatform({ os, architecture, variant }: WrittenPlatform): Platform {
  if (architecture === "arm64" && (variant === "v8" || variant === "8")) return { os, architecture };
  if (architecture === "arm") {
    const version = variant ?? "v7";
    return { os, architecture, variant: version.startsWith("v") ? version : `v${version}` };
  }
  return { os, architecture, ...(variant === undefined || variant === "" ? {} : { variant }) };
}

/** `linux/arm64`: what BuildKit calls TARGETPLATFORM. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalizePlatform(a)) === formatPlatform(normalizePlatform(b));
}
