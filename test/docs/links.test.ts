import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import { markdownPages } from "../helpers/markdown-pages.ts";

const root = join(import.meta.dirname, "../..");

it("leads nowhere but to files and headings that there are", () => {
  const pages = new Map(markdownPages().map((page) => [page.file, page]));
  const broken = [...pages.values()].flatMap(({ file, links }) =>
    links
      .filter(({ target }) => !/^[a-z][a-z+.-]*:/.test(target))
      .filter(({ target }) => {
        const [path = "", anchor] = target.split("#", 2);
        const place = path === "" ? file : posix.join(posix.dirname(file), path);
        if (place.startsWith("../") || !existsSync(join(root, place))) return true;
        return anchor !== undefined && pages.get(place)?.anchors.has(anchor) !== true;
      })
      .map(({ target, line }) => `${file}:${line}: ${target}`),
  );
  expect(broken).toEqual([]);
});
