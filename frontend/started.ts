/** When this build began, in milliseconds since 1970; steps run on the same machine, by the same clock. */
export const startedMs = performance.timeOrigin;
