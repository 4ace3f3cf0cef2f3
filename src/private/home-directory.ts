import { homedir, userInfo } from "node:os";
import { isAbsolute, resolve } from "node:path";

/**
 * The user's home directory: HOME, else the one in the user database. A HOME that is empty or relative is none: it would lie in
 * the working directory, which a stranger's project can be. The root directory for a user whom nobody knows, as containers have.
 */
export function homeDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const written = () => (process.platform === "win32" ? "" : (env.HOME ?? ""));
  // In turn: the user database is opened only where nothing else says it.
  for (const read of [written, homedir, () => userInfo().homedir]) {
    const directory = tried(read);
    if (isAbsolute(directory)) return directory;
  }
  return resolve("/");
}

/** Node throws where neither says anything. */
function tried(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** What a variable of the XDG Base Directory Specification says, which has relative paths ignored. Undefined: nothing. */
export function xdgDirectory(variable: string): string | undefined {
  const path = process.env[variable];
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
