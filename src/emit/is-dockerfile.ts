/** Whether a file is one, by its name and its text: TOML has no instruction, and a Dockerfile begins with one, FROM or ARG. */
export function isDockerfile(name: string, text: string): boolean {
  return !name.endsWith(".toml") && /^\s*(?:FROM|ARG)\s+[^\s=]/im.test(text);
}
