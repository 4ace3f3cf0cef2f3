import { execa } from "execa";

/** Writes a directory's entries into a .tar.gz, the same bytes for the same tree. */
export async function packTree(directory: string, output: string): Promise<void> {
  const stable = ["--sort=name", "--mtime=@315532801", "--numeric-owner", "--owner=0", "--group=0"];
  const words = ["--create", "--format=gnu", ...stable, "--use-compress-program=gzip -n"];
  await execa("tar", [...words, `--file=${output}`, `--directory=${directory}`, "."]);
}
