import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { markdownPages, readText } from "../helpers/markdown-pages.ts";

const tests = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => `/test/${file}`);

it("holds promises by tests that exist", () => {
  // The changelog names tests as they were called; `NAME.test.ts` stands for any.
  const pages = markdownPages().filter(({ file }) => file !== "CHANGELOG.md");
  const named = pages.flatMap(({ file }) =>
    Array.from((readText(file) ?? "").matchAll(/`([\w./-]+\.test\.ts)`/g), ([, name = ""]) => ({
      file,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(100);
  const missing = named.filter(
    ({ name }) => !name.startsWith("NAME.") && !tests.some((test) => test.endsWith(`/${name}`)),
  );
  expect(missing.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
});
