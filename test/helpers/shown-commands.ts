import { type ParseEntry, parse } from "shell-quote";
import { markdownPages } from "./markdown-pages.ts";

/** A command that a page shows to its readers, with its lines that go on joined. */
export interface ShownCommand {
  readonly file: string;
  /** From 1, of the block that it stands in. */
  readonly line: number;
  /** Without the prompt and without a comment behind it. */
  readonly text: string;
  /** Of each part that `&&`, `|` or `;` begins: variables in front, the program and its arguments. */
  readonly calls: readonly ShownCall[];
}

export interface ShownCall {
  readonly env: Readonly<Record<string, string>>;
  readonly program: string;
  readonly words: readonly string[];
}

/** Every command after a prompt in a `console` block. In: which pages. */
export function shownCommands(isWanted: (file: string) => boolean): ShownCommand[] {
  return markdownPages()
    .filter(({ file }) => isWanted(file))
    .flatMap(({ file, blocks }) =>
      blocks
        .filter(({ language }) => language === "console")
        .flatMap(({ text, line }) => commandsOf(text).map((command) => ({ file, line, ...read(command) }))),
    );
}

function commandsOf(block: string): string[] {
  return block
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2));
}

function read(command: string): Pick<ShownCommand, "text" | "calls"> {
  const entries = parse(command, (name) => `$${name}`);
  const calls: ParseEntry[][] = [[]];
  for (const entry of entries) {
    if (typeof entry === "object" && "comment" in entry) continue;
    if (typeof entry === "object" && "op" in entry && /^(?:&&|\|\|?|;)$/.test(entry.op)) calls.push([]);
    else calls.at(-1)?.push(entry);
  }
  return {
    text: command.replace(/\s+#\s.*$/, "").trim(),
    calls: calls.map(callOf).filter(({ program }) => program !== ""),
  };
}

function callOf(entries: readonly ParseEntry[]): ShownCall {
  const words = withoutRedirections(entries);
  const env: Record<string, string> = {};
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? "")) {
    const [name = "", value = ""] = (words.shift() ?? "").split(/=(.*)/s);
    env[name] = value;
  }
  const [program = "", ...rest] = words;
  return { env, program, words: rest };
}

/** Words, and patterns as they stand there; no redirection, and not the file behind it. */
function withoutRedirections(entries: readonly ParseEntry[]): string[] {
  const words: string[] = [];
  let isFile = false;
  for (const entry of entries) {
    if (typeof entry === "object" && "op" in entry && entry.op !== "glob") {
      isFile = /[<>]/.test(entry.op);
      continue;
    }
    if (!isFile) words.push(typeof entry === "string" ? entry : "pattern" in entry ? entry.pattern : "");
    isFile = false;
  }
  return words;
}
