/** One line of a git configuration. */
interface ConfigEntry {
  /** As git prints it: `remote.origin.url`; section and key in lower case. */
  readonly name: string;
  /** Absent: the key stands alone, which means "true". */
  readonly value?: string;
}

/**
 * Reads a git configuration as text: `include` and everything else that names a file or a program is an entry like any
 * other. Undefined: git would refuse the file. Source: git, config.c, `git_parse_source`; git-config(1), "Syntax".
 */
export function parseConfig(text: string): readonly ConfigEntry[] | undefined {
  const reader = new Reader(text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n"));
  const entries: ConfigEntry[] = [];
  let section: string | undefined;
  while (!reader.isAtEnd) {
    const character = reader.take();
    if (/\s/.test(character)) continue;
    if (character === "#" || character === ";") reader.skipLine();
    else if (character === "[") {
      section = readSection(reader);
      if (section === undefined) return undefined;
    } else {
      const key = /^[A-Za-z]$/.test(character) ? character + reader.takeAll(/[A-Za-z0-9-]/) : undefined;
      if (key === undefined) return undefined;
      const name = (section === undefined ? "" : `${section}.`) + key.toLowerCase();
      reader.takeAll(/[ \t]/);
      const next = reader.isAtEnd ? "\n" : reader.take();
      if (next === "\n") entries.push({ name });
      else {
        const value = next === "=" ? readValue(reader) : undefined;
        if (value === undefined) return undefined;
        entries.push({ name, value });
      }
    }
  }
  return entries;
}

/** `[remote "origin"]`, or `[remote.origin]` as git wrote it once; the bracket has been taken. */
function readSection(reader: Reader): string | undefined {
  const base = reader.takeAll(/[A-Za-z0-9.-]/).toLowerCase();
  const blanks = reader.takeAll(/[ \t]/);
  if (base === "") return undefined;
  if (blanks === "") return reader.take() === "]" ? base : undefined;
  if (reader.take() !== '"') return undefined;
  let name = "";
  for (;;) {
    if (reader.isAtEnd) return undefined;
    const character = reader.take();
    if (character === "\n") return undefined;
    if (character === '"') break;
    const isEscape = character === "\\" && !reader.isAtEnd;
    name += isEscape ? reader.take() : character;
  }
  return reader.take() === "]" ? `${base}.${name}` : undefined;
}

const escapes: Readonly<Record<string, string>> = {
  ...{ t: "\t", b: "\b", n: "\n", "\\": "\\", '"': '"' },
  // The value goes on in the next line.
  "\n": "",
  // The end of the file ends a line.
  "": "",
};

function readValue(reader: Reader): string | undefined {
  let value = "";
  /** How much of the value is no trailing blank. */
  let keptLength = 0;
  let isQuoted = false;
  while (!reader.isAtEnd) {
    const character = reader.take();
    if (character === "\n") break;
    if (!isQuoted && (character === "#" || character === ";")) {
      reader.skipLine();
      break;
    }
    if (!isQuoted && /\s/.test(character)) {
      if (value !== "") value += character;
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    else if (character === "\\") {
      const escaped = escapes[reader.take()];
      if (escaped === undefined) return undefined;
      value += escaped;
    } else value += character;
    keptLength = value.length;
  }
  return isQuoted ? undefined : value.slice(0, keptLength);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next character; empty at the end. */
  take(): string {
    const character = this.#text.charAt(this.#at);
    this.#at += 1;
    return character;
  }

  /** All that follows of one kind. */
  takeAll(kind: RegExp): string {
    const start = this.#at;
    while (!this.isAtEnd && kind.test(this.#text.charAt(this.#at))) this.#at += 1;
    return this.#text.slice(start, this.#at);
  }

  skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
  }
}
