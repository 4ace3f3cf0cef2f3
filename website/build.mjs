// Builds the pages of ../docs into a static site, in dist/. Plain JavaScript, as this folder has packages of its own.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vitepress";

const here = dirname(fileURLToPath(import.meta.url));
const docs = join(here, "..", "docs");
const site = join(here, "site");
const repository = "https://github.com/cnb-dockerfile/cnb-dockerfile/blob/main";

rmSync(site, { recursive: true, force: true });
mkdirSync(join(site, ".vitepress"), { recursive: true });
cpSync(docs, site, { recursive: true });
cpSync(join(docs, "pictures"), join(site, "public", "pictures"), { recursive: true });
cpSync(join(here, "index.md"), join(site, "index.md"));
cpSync(join(here, "config.mjs"), join(site, ".vitepress", "config.mjs"));
cpSync(join(here, "theme"), join(site, ".vitepress", "theme"), { recursive: true });

for (const found of readdirSync(site, { recursive: true, encoding: "utf8" })) {
  const name = found.split(sep).join("/");
  if (!name.endsWith(".md") || name === "index.md") continue;
  const file = join(site, name);
  // Between comments lies what programs write; the site would show them.
  const page = readFileSync(file, "utf8").replace(/^<!-- .* -->\n/gm, "");
  const text = page.replace(/(\]\()([^)\s#]+)(#[^)\s]*)?\)/g, (whole, open, path, anchor = "") => {
    if (/^[a-z]+:/.test(path)) return whole;
    const target = posix.join(posix.dirname(name), path);
    // What is no page of the site is on GitHub.
    if (target.startsWith("../")) return `${open}${repository}/${target.slice(3)}${anchor})`;
    return `${open}${path.replace(/(^|\/)README\.md$/, "$1index.md")}${anchor})`;
  });
  writeFileSync(file, text);
}
// A folder's page is its index.
for (const folder of ["reference/diagnostics"])
  cpSync(join(site, folder, "README.md"), join(site, folder, "index.md"));
rmSync(join(site, "reference/diagnostics/README.md"));
cpSync(join(site, "README.md"), join(site, "all.md"));
rmSync(join(site, "README.md"));

await build(site, { outDir: join(here, "dist") });

// A page that cannot be rendered is left out, and the build ends well all the same.
const missing = readdirSync(site, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .filter((name) => {
    const page = join(here, "dist", name.replace(/\.md$/, ".html"));
    return !existsSync(page) || !/<h1/.test(readFileSync(page, "utf8"));
  });
if (missing.length > 0) {
  console.error(`Not rendered: ${missing.join(", ")}`);
  process.exitCode = 1;
}
