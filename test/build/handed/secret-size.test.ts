import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { oversizedSecrets } from "../../../src/build/handed/secret-size.ts";
import { temporaryDirectory } from "../../helpers/directory.ts";

const limitBytes = 500 * 1024;

function fileOf(sizeBytes: number): string {
  const path = join(temporaryDirectory(), "file");
  writeFileSync(path, Buffer.alloc(sizeBytes));
  return path;
}

it("finds a secret that is larger than BuildKit takes, in a file or a variable, and says how to hand over what is public", () => {
  const env = { LARGE: "x".repeat(limitBytes + 1), SMALL: "x" };
  const texts = [
    ...[`id=trust.cacerts,src=${fileOf(limitBytes + 1)}`, `type=file,id=a,source=${fileOf(limitBytes + 1)}`],
    ...["id=LARGE", "id=b,env=LARGE", "type=env,id=c,src=LARGE"],
  ];
  const found = oversizedSecrets(texts, env);
  expect(found.map(({ message }) => /"(.*?)"/.exec(message)?.[1])).toEqual([
    ...["trust.cacerts", "a", "LARGE", "b", "c"],
  ]);
  expect(found[0]?.code).toBe("cli/secret-too-large");
  expect(found[0]?.message).toBe(
    'The secret "trust.cacerts" has 501 KiB (512001 bytes), but BuildKit accepts at most 500 KiB.',
  );
  expect(found[0]?.hint).toContain("--volume DIRECTORY:/platform/bindings/NAME:public");
});

it("leaves the others to BuildKit", () => {
  const loop = join(temporaryDirectory(), "loop");
  symlinkSync("loop", loop);
  const texts = [
    ...[`id=a,src=${fileOf(limitBytes)}`, "id=b,src=/nowhere/file", `id=c,src=${loop}`],
    ...["id=SMALL", "src=x", '"'],
  ];
  expect(oversizedSecrets(texts, { SMALL: "x" })).toEqual([]);
});
