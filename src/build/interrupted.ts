/** Somebody wanted the build to end before it began. */
export class Interrupted extends Error {}
