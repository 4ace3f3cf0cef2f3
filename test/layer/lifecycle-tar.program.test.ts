import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { directoryLayer, tarDigest } from "../../src/layer/lifecycle-tar.ts";

const owner = { uid: 1001, gid: 1000 };
const roots: string[] = [];

/** A root whose directories are 0755 and, as everything else, owned by the CNB user. */
function makeRoot(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "layer-"));
  roots.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(root, path), content, { mode: 0o644 });
  }
  return root;
}

function chownAll(root: string): void {
  execFileSync("chown", ["-hR", `${owner.uid}:${owner.gid}`, root]);
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

function digest(root: string, path: string): string {
  return tarDigest(directoryLayer({ root, path, owner, onLeftOut: () => undefined }));
}

// The digests are the stock lifecycle's.
describe("a directory layer has the digest that the lifecycle gives it", () => {
  it("with sticky and setuid bits, hard links, a symlink, a long and a non-ASCII name", () => {
    const lay = "layers/example_bp/lay";
    const root = makeRoot({
      [`${lay}/bin/tool`]: "#!/bin/sh\necho hi\n",
      [`${lay}/env.launch/KEY.append`]: "value",
      [`${lay}/hard1`]: "h",
      [`${lay}/${"n".repeat(120)}`]: "x",
      [`${lay}/unicodé.txt`]: "u",
    });
    linkSync(join(root, lay, "hard1"), join(root, lay, "hard2"));
    symlinkSync("bin/tool", join(root, lay, "link"));
    chownAll(root);
    chmodSync(join(root, lay, "bin"), 0o1777);
    chmodSync(join(root, lay, "bin/tool"), 0o4755);
    chmodSync(join(root, lay, "env.launch/KEY.append"), 0o600);
    expect(digest(root, `/${lay}`)).toBe(
      "sha256:b2b9b29588a0878d8ff6ac83be186a71ef831840d3c27c8653486eac5e4582ff",
    );
  });

  it("with a path that USTAR splits", () => {
    const deep = "layers/example_bp/deep";
    const root = makeRoot({
      [`${deep}/${"a".repeat(30)}/${"b".repeat(30)}/${"c".repeat(30)}/file.txt`]: "z",
    });
    chownAll(root);
    expect(digest(root, `/${deep}`)).toBe(
      "sha256:b0d3b4bf0d2ce810c41ad8425c64d779a05a25395151515736e40fb18af3d0e1",
    );
  });

  it("for the launcher's configuration", () => {
    const root = makeRoot({ "layers/config/metadata.toml": "[[processes]]\n" });
    chownAll(root);
    expect(digest(root, "/layers/config")).toBe(
      "sha256:f91d67b7199167631526d844c2ca95bcce48947f2a96721b142d52f20445daa3",
    );
  });
});
