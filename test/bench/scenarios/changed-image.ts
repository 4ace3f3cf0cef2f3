import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Lab } from "../../lab/lab.ts";

let changes = 0;

/** Pushes an image of one platform with one more small file under a tag: a new release of it. */
export async function pushChangedImage(lab: Lab, base: string, tag: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "cnb-dockerfile-bench-image-"));
  try {
    mkdirSync(join(work, "tree/etc"), { recursive: true });
    writeFileSync(join(work, "tree/etc/bench-release"), `${Date.now()} ${changes++}\n`);
    const layer = join(work, "layer.tar");
    const owners = ["--owner=0", "--group=0", "--mode=u=rwX,go=rX"];
    await execa("tar", ["--create", ...owners, `--file=${layer}`, `--directory=${join(work, "tree")}`, "."]);
    await lab.crane(["append", "--insecure", `--base=${base}`, `--new_layer=${layer}`, `--new_tag=${tag}`]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
