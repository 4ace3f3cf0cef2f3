import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";

const root = join(import.meta.dirname, "../..");

/** Places of texts for readers, seen from the checkout's root; `.md` files only. */
const places = [
  "README.md",
  "AGENTS.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "llms.txt",
];
const directories = ["docs", "examples", "golden", "ci"];

export interface MarkdownPage {
  /** Seen from the checkout's root: `docs/guides/caching.md`. */
  readonly file: string;
  /** Where its links lead, as written, with their lines from 1. */
  readonly links: readonly { readonly target: string; readonly line: number }[];
  /** Anchors as GitHub makes them of its headings. */
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly CodeBlock[];
}

export interface CodeBlock {
  /** `console`, `toml`, …; empty: none is said. */
  readonly language: string;
  /** What stands behind the language. */
  readonly info: string;
  readonly text: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
}

/** Every page of ours, with what a test can hold it to. */
export function markdownPages(): MarkdownPage[] {
  const below = directories.flatMap((directory) => filesBelow(directory));
  return [...places, ...below].flatMap((file) => {
    const text = readText(file);
    return text === undefined ? [] : [readPage(file, text)];
  });
}

/** Whether a path of the checkout is there, a file or a directory. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return undefined;
  }
}

function filesBelow(directory: string): string[] {
  try {
    return readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
      .map((name) => posix.join(directory, name))
      .sort();
  } catch {
    return [];
  }
}

function readPage(file: string, text: string): MarkdownPage {
  const tokens = new MarkdownIt({ html: true }).parse(text, {});
  const slugger = new GithubSlugger();
  const links: { target: string; line: number }[] = [];
  const anchors = new Set<string>();
  const blocks: CodeBlock[] = [];
  tokens.forEach((token, index) => {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === "heading_open") {
      const inline = tokens[index + 1]?.children ?? [];
      anchors.add(slugger.slug(inline.map(({ content }) => content).join("")));
    }
    if (token.type === "fence") {
      const [language = "", ...rest] = token.info.trim().split(" ");
      blocks.push({ language, info: rest.join(" "), text: token.content, line: line + 1 });
    }
    for (const child of token.children ?? []) {
      const target = child.attrGet("href") ?? child.attrGet("src");
      if (target !== null) links.push({ target: decodeURI(String(target)), line });
    }
    for (const html of [token, ...(token.children ?? [])].filter(({ type }) => type.startsWith("html_"))) {
      for (const [, target = ""] of html.content.matchAll(/(?:src|srcset|href)="([^"]+)"/g))
        links.push({ target, line });
    }
  });
  return { file, links, anchors, blocks };
}
