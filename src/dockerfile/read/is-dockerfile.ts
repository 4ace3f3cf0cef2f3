/** Blanks stay within a line: over empty lines, each of them would be looked through from each. */
const instruction = /^[^\S\r\n\u2028\u2029]*(?:FROM|ARG)[^\S\r\n\u2028\u2029]+[^\s=]/im;

/** Whether a file is one, by its name and its text: TOML has no instruction, and a Dockerfile begins with one, FROM or ARG. */
export function isDockerfile(name: string, text: string): boolean {
  return !name.endsWith(".toml") && instruction.test(text);
}
