/**
 * Keeps buildx from starting git in the directory that it builds, whose configuration can name programs to run. Either
 * variable alone is not enough. Source: docker/buildx, `build/git.go`.
 */
export const buildxEnvironment = { BUILDX_GIT_INFO: "false", BUILDX_GIT_LABELS: "false" } as const;
