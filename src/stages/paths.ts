import type { StageName } from "./stage.ts";

/** App directory; `CNB_APP_DIR`. Platform spec, detector inputs. */
export const appDirectory = "/workspace";
/** Layers directory; `CNB_LAYERS_DIR`. Platform spec, detector inputs. */
export const layersDirectory = "/layers";
/** Where a builder holds the lifecycle's programs. Platform spec, "Build Image". */
export const lifecycleDirectory = "/cnb/lifecycle";
/** Where we mount the lifecycle's cache. */
export const cacheDirectory = "/cache";

/** Where `build` finds what `restore` and `detect` left, and the source. */
export const restoredDirectory = "/cnb-dockerfile/restored";
export const detectedPlan = "/cnb-dockerfile/plan.toml";
export const sourceDirectory = "/cnb-dockerfile/source";
/** In `source`: the root of what goes onto the builder. The app's directory is an entry in it, so it comes with its mode. */
export const sourceRoot = "/cnb-dockerfile/app";
/** In `tool`: what differs between platforms, below a directory `linux/arm64` for each. */
export const platformsDirectory = "/cnb-dockerfile/platforms";
/** In `tool`: files of exact bytes, as JSON and as they go onto the builder. */
export const fileList = "/cnb-dockerfile/files.json";
export const filesDirectory = "/cnb-dockerfile/files";
/** In `modules`: archives as they were downloaded, buildpacks to add, and those that take another's place. */
export const downloadsDirectory = "/cnb-dockerfile/downloads";
export const modulesDirectory = "/cnb-dockerfile/modules";
export const replacingDirectory = "/cnb-dockerfile/replacing";
/** In `detect`: image extensions that take another's place. Its parent is in every builder. */
export const replacingExtensionsDirectory = "/cnb/replacing-extensions";
/** In `source` and `modules`: what their steps have to say, a file for each; in `export`, beside what it makes. */
export const warningsDirectory = "/cnb-dockerfile/warnings";
export const exportWarnings = "/image/warnings.json";
/** What platforms hand to buildpacks. Platform spec, detector inputs. */
export const platformDirectory = "/platform";
/** Directories of the phases, which image extensions do not change. Source: lifecycle, `phase/extender.go`, IgnorePaths. */
export const phaseDirectories = [appDirectory, layersDirectory, platformDirectory];
/** What `cached` says of the cache. */
export const cacheStateDirectory = "/cnb-dockerfile/cached";
/** In `cached`: what is remembered of the last image, for the restorer, and the layers themselves. */
export const offerDirectory = "/cnb-dockerfile/offer";
export const keptDirectory = "/cnb-dockerfile/kept";
/** In `sbom-files` and `scan-files`: what is to be known of the image. */
export const sbomDirectory = "/cnb-dockerfile/sbom";
export const scanDirectory = "/cnb-dockerfile/scan";
/** In `vulnerability-db-files`: what Grype's database is, and the database. */
export const databaseDirectory = "/cnb-dockerfile/database";
/** In `scan-config`: the project's Grype configuration, if it has one; the one of the person who builds lies beside it. */
export const projectSettingsDirectory = "project";
/** Context that replaces the project's Grype configuration. */
export const scanConfigContext = "scan-config";
/** Context that takes the place of the vulnerability database. */
export const databaseContext = "vulnerability-db";

/** Stages that hold tools and data: whoever builds may hand over others by their names, `--build-context NAME=…`. */
export const replaceableStages: readonly StageName[] = [
  "tool",
  "syft",
  "grype",
  databaseContext,
  scanConfigContext,
];

/** In `export`: what goes into the image, a directory for each layer. */
export const imageDirectory = "/image";

/** Name by which our frontend hands over what an earlier image holds. No registry can have it. */
export const previousContext = "cnb-dockerfile.invalid/previous:image";

/** Names that directories of whoever builds have until their contexts take their place. No registry can have them. */
export const volumeContext = "cnb-dockerfile.invalid/volume";
export const buildpackContext = "cnb-dockerfile.invalid/local-buildpack";

/**
 * Targets that are no stages: what our frontend does with an app's cache mount in place of a build, and the name by which
 * it is handed the cache that is to go in. No registry can have it.
 */
export const cacheExportTarget = "cache-export";
export const cacheImportTarget = "cache-import";
/** As `cache-export`, after the build that fills the mount: for clients that build several targets at once. */
export const cacheImageTarget = "cache-image";
export const cacheContext = "cnb-dockerfile.invalid/cache:image";

/** Stage that tells what detection found. */
export const detectedTarget = "detected";

/** BuildKit's build argument for the scope of all cache mounts of a build. */
export const cacheNamespaceArgument = "BUILDKIT_CACHE_MOUNT_NS";
/** What the ids of our cache mounts begin with. */
export const cacheMountPrefix = "cnb-dockerfile/";

/** BuildKit's name for the platform that an image is built for; declared by `ARG`. */
export const targetPlatform = "TARGETPLATFORM";

/**
 * Layers that an image made from a static file can have for buildpacks' layers and for app slices: the file is written
 * before anyone knows how many there are. What is too many goes together into the last one.
 */
export const launchSlots = 10;
export const appSlots = 4;
