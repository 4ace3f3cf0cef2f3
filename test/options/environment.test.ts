import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { internalVariables } from "../../src/options/environment-variables.ts";
import { environmentPageFile, renderEnvironmentPage } from "../helpers/environment-page.ts";

const root = join(import.meta.dirname, "../..");
/** What runs inside the build is told by its Dockerfile, not by the user. */
const inside = ["export/", "stages/"];

it("documents every environment variable", async () => {
  await expect(renderEnvironmentPage()).toMatchFileSnapshot(environmentPageFile);
});

it("knows every variable that the command reads", () => {
  const page = renderEnvironmentPage();
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !inside.some((room) => file.startsWith(room)),
  );
  const read = files.flatMap((file) => {
    const text = readFileSync(join(root, "src", file), "utf8");
    const direct = text.matchAll(/\benv(?:ironment)?(?:\?\.|\.|\[")([A-Z][A-Z0-9_]+)/g);
    const destructured = text.matchAll(/const \{([^}]*)\} =\s*(?:process\.)?env\b/g);
    const names = Array.from(destructured, ([, list = ""]) => list.split(",")).flat();
    return [
      ...Array.from(direct, ([, name = ""]) => name),
      ...names
        .map((name) => name.split(":")[0]?.trim() ?? "")
        .filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name)),
    ];
  });
  expect(read.length).toBeGreaterThan(20);
  expect([...new Set(read)].filter((name) => !page.includes(name) && !internalVariables.has(name))).toEqual(
    [],
  );
});
