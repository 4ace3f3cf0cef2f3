/**
 * Labels that the program inside the build, our frontend, a rebase and the readers of images all know.
 * Source: CNB platform spec, "Labels"; distribution spec, "Buildpackage".
 */

/** Layers and stores of an app's image, and the run image below it; JSON. */
export const lifecycleMetadataLabel = "io.buildpacks.lifecycle.metadata";
/** Buildpacks and processes of an app's image; JSON. */
export const buildMetadataLabel = "io.buildpacks.build.metadata";
/** Where an app's image comes from; JSON. */
export const projectMetadataLabel = "io.buildpacks.project.metadata";
/** Execution environment that an app's image was built for, from Platform API 0.15. */
export const execEnvLabel = "io.buildpacks.exec-env";
/** `false`: an extension changed the run image, and another one cannot take its place. */
export const rebasableLabel = "io.buildpacks.rebasable";
/** Every image extension on a builder or in a package: id → version → layer; JSON. */
export const extensionLayersLabel = "io.buildpacks.extension.layers";
/** Every buildpack on a builder or buildpackage: id → version → layer; JSON. */
export const buildpackLayersLabel = "io.buildpacks.buildpack.layers";
