/**
 * Names of the labels and variables that builders and run images carry, with their source; `contract` has those of apps.
 * Spec: https://github.com/buildpacks/spec/blob/main/platform.md; pack's own labels are in its documentation only.
 */

/** Run images, lifecycle and buildpacks of a builder; JSON. pack, "builder metadata". */
export const builderMetadataLabel = "io.buildpacks.builder.metadata";
/** Which buildpack a buildpackage is named for; JSON. pack, "buildpackage metadata". */
export const buildpackageMetadataLabel = "io.buildpacks.buildpackage.metadata";
/** The builder's order; JSON. */
export const orderLabel = "io.buildpacks.buildpack.order";
/** The order of its image extensions; JSON. */
export const orderExtensionsLabel = "io.buildpacks.buildpack.order-extensions";
/** Stack of an image, and what of it an image needs or offers (JSON list), below Platform API 0.12. */
export const stackIdLabel = "io.buildpacks.stack.id";
export const mixinsLabel = "io.buildpacks.stack.mixins";
/** Run image target. Platform spec, "Run Image": id, distro name, distro version. */
export const baseIdLabel = "io.buildpacks.base.id";
export const distroNameLabel = "io.buildpacks.base.distro.name";
export const distroVersionLabel = "io.buildpacks.base.distro.version";

/** Numeric ids of the build user, set by every builder. Platform spec, "Build Image". */
export const userIdVariable = "CNB_USER_ID";
export const groupIdVariable = "CNB_GROUP_ID";
