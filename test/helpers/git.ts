import { execa } from "execa";

/** Runs git as a user of this machine without settings of his own. Out: what it says. */
export async function git(directory: string, ...words: readonly string[]): Promise<string> {
  const author = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"];
  const { stdout } = await execa("git", [...author, ...words], {
    cwd: directory,
    env: { GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  return stdout.trim();
}
