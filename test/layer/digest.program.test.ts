import { execFileSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { layerDigest } from "../../src/layer/digest.ts";

const root = mkdtempSync(join(tmpdir(), "digest-"));

afterAll(() => rmSync(root, { recursive: true }));

it("gives a copied tree the digest that BuildKit gives it", () => {
  const tree = join(root, "layers/example_bp/lay");
  const deep = join(tree, "a".repeat(60), "b".repeat(60), "c".repeat(60));
  mkdirSync(deep, { recursive: true, mode: 0o755 });
  mkdirSync(join(tree, "sticky"));
  chmodSync(join(tree, "sticky"), 0o1777);
  writeFileSync(join(tree, "tool"), "#!/bin/sh\n");
  writeFileSync(join(tree, "one"), "same", { mode: 0o600 });
  linkSync(join(tree, "one"), join(tree, "two"));
  writeFileSync(join(tree, "unicodé.txt"), "u", { mode: 0o644 });
  writeFileSync(join(deep, "n".repeat(120)), "long", { mode: 0o644 });
  symlinkSync("t".repeat(150), join(tree, "far"));
  symlinkSync("nowhere", join(tree, "dangling"));
  execFileSync("mkfifo", ["-m", "640", join(tree, "pipe")]);
  execFileSync("chown", ["-hR", "1001:1000", root]);
  // A change of owner takes it away.
  chmodSync(join(tree, "tool"), 0o6755);
  execFileSync("find", [root, "-exec", "touch", "-hd", "@315532801", "{}", "+"]);
  // From an independent writer whose digests were compared with BuildKit's own layers.
  expect(layerDigest(root, () => expect.fail())).toBe(
    "sha256:f76cb9a8a6c88da0360ba1ff468e3ed6ebe558faa82e5c3f60260e53e3e011e8",
  );
});
