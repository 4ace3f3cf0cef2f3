import * as v from "valibot";
import { extensionLayersLabel } from "../contract/label-names.ts";
import type { Owner } from "../contract/owner.ts";
import { diagnose } from "../diagnostics/diagnose.ts";
import { CompileError, type Diagnostic } from "../diagnostics/diagnostic.ts";
import { type ImageConfig, imageEnv } from "../image/image-config.ts";
import type { PlatformImage } from "../image/image-source.ts";
import type { Platform } from "../image/platform.ts";
import { cacheScopeArgument, secretsVersionArgument } from "../options/step-variables.ts";
import type { Buildpacks, Order } from "./buildpack-info.ts";
import { decodeLabel } from "./decode-label.ts";
import {
  builderMetadataLabel,
  groupIdVariable,
  orderExtensionsLabel,
  orderLabel,
  userIdVariable,
} from "./labels.ts";
import { list, orderSchema, readBuildpackLayers, readModuleLayers, readOrder } from "./read-buildpacks.ts";

/** What one platform's builder image says of itself. */
export interface BuilderMetadata {
  readonly platform: Platform;
  /** The build user; numeric, never root. */
  readonly user: Owner;
  /** Names of all variables that it sets. */
  readonly variables: readonly string[];
  readonly lifecycleVersion: string;
  /** Platform APIs that its lifecycle knows, deprecated ones too: `0.12`. */
  readonly platformApis: readonly string[];
  /** Buildpack APIs that its lifecycle knows; empty: it does not say. */
  readonly buildpackApis: readonly string[];
  /** Run images it was made for, best first. */
  readonly runImages: readonly RunImageName[];
  readonly buildpacks: Buildpacks;
  readonly order: Order;
  /** Image extensions that it holds. */
  readonly extensions: Buildpacks;
  /** Groups of image extensions that it tries; empty on most. */
  readonly extensionOrder: Order;
}

/** A run image, and the names under which other registries hold the same one. */
interface RunImageName {
  readonly image: string;
  readonly mirrors: readonly string[];
}

const runImageSchema = v.object({ image: v.optional(v.string(), ""), mirrors: list(v.string()) });
const apiSetSchema = v.object({ deprecated: list(v.string()), supported: list(v.string()) });
const metadataSchema = v.object({
  images: list(runImageSchema),
  stack: v.nullish(v.object({ runImage: v.nullish(runImageSchema) })),
  lifecycle: v.nullish(
    v.object({
      version: v.optional(v.string(), ""),
      /** Lifecycles before 0.9 name one version of each. */
      api: v.nullish(v.object({ platform: v.optional(v.string()) })),
      apis: v.nullish(v.object({ platform: v.nullish(apiSetSchema), buildpack: v.nullish(apiSetSchema) })),
    }),
  ),
});

/**
 * Reads one platform's builder. In: the image and the name it goes by in messages.
 * Throws CompileError with all that makes it no builder. Source: pack's builder labels; platform spec, "Build Image".
 */
export function readBuilder({ platform, config }: PlatformImage, image: string): BuilderMetadata {
  const metadata = decodeLabel(config, builderMetadataLabel, metadataSchema, image);
  if (metadata === undefined) {
    throw new CompileError([
      diagnose("builder/not-a-builder", { image, label: builderMetadataLabel }, { file: image }),
    ]);
  }
  const found: Diagnostic[] = [];
  const location = { file: image };
  const runImages = [...metadata.images, metadata.stack?.runImage]
    .map((candidate) => candidate ?? { image: "", mirrors: [] })
    .filter(({ image: name }) => name !== "");
  const { version: lifecycleVersion = "", api, apis } = metadata.lifecycle ?? {};
  const platformApis =
    apis?.platform === undefined || apis.platform === null
      ? [api?.platform ?? ""].filter((version) => version !== "")
      : [...apis.platform.deprecated, ...apis.platform.supported];
  if (lifecycleVersion === "") found.push(diagnose("builder/no-lifecycle", { image }, location));
  if (platformApis.length === 0) found.push(diagnose("builder/no-platform-api", { image }, location));
  const user = readUser(config);
  if (user === undefined)
    found.push(diagnose("builder/no-user", { image, found: userVariables(config) }, location));
  // A variable of an image has precedence over an argument of that name.
  for (const name of [cacheScopeArgument, secretsVersionArgument]) {
    if (imageEnv(config, name) !== undefined)
      found.push(diagnose("builder/sets-argument", { image, name }, location));
  }
  if (found.length > 0 || user === undefined) throw new CompileError(found);

  const orderOf = (label: string) => readOrder(decodeLabel(config, label, orderSchema, image) ?? []);
  return {
    platform,
    user,
    variables: config.env.map((text) => text.replace(/=.*$/s, "")),
    lifecycleVersion,
    platformApis,
    runImages,
    buildpackApis: [...(apis?.buildpack?.deprecated ?? []), ...(apis?.buildpack?.supported ?? [])],
    buildpacks: readBuildpackLayers(config, image),
    order: orderOf(orderLabel),
    extensions: readModuleLayers(config, extensionLayersLabel, image),
    extensionOrder: orderOf(orderExtensionsLabel),
  };
}

/** What there is of the two, as text: `CNB_USER_ID="x"`. */
function userVariables(config: ImageConfig): string[] {
  return [userIdVariable, groupIdVariable].flatMap((name) => {
    const value = imageEnv(config, name);
    return value === undefined ? [] : [`${name}=${JSON.stringify(value)}`];
  });
}

/** Largest user id that Linux has; the next one means "no user". */
const maxUserId = 2 ** 32 - 2;

/** Undefined where the ids are missing, not numbers of a user, or root's: detector and builder refuse root. */
function readUser(config: ImageConfig): BuilderMetadata["user"] | undefined {
  const [uid, gid] = [imageEnv(config, userIdVariable), imageEnv(config, groupIdVariable)].map((text) =>
    text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= maxUserId ? Number(text) : undefined,
  );
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
}
