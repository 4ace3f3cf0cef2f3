/**
 * Reads a mode of the app's directory, octal: `755`, `0755`, `2775`. Out: four digits. Undefined: it is none, or its owner,
 * the build user, could not work there.
 */
export function readWorkspaceMode(text: string): string | undefined {
  const [, mode] = /^((?:0|0?[1-7])?7[0-7]{2})$/.exec(text) ?? [];
  return mode?.padStart(4, "0").slice(-4);
}
