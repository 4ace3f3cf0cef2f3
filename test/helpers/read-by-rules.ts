/**
 * Reads Dockerfile text the way BuildKit's parser does, written from its rules and not from our printer: continuation
 * lines, comments, heredocs of COPY and RUN. For tests of what our quoting does to values.
 */
export interface ReadInstruction {
  readonly keyword: string;
  /** Everything after the keyword, continuation lines joined. */
  readonly rest: string;
  /** Content of its heredoc. */
  readonly heredoc?: string;
}

export function readByRules(text: string): ReadInstruction[] {
  const lines = text.split("\n");
  const instructions: ReadInstruction[] = [];
  while (lines.length > 0) {
    const first = (lines.shift() ?? "").replace(/\r$/, "");
    if (/^\s*(#|$)/.test(first)) continue;
    let joined = first.trimStart();
    while (/\\[ \t]*$/.test(joined)) {
      joined = joined.replace(/\\[ \t]*$/, "");
      // Comments and empty lines do not end a continued instruction.
      while (lines[0] !== undefined && /^\s*(#|$)/.test(lines[0]) && lines.length > 1) lines.shift();
      joined += (lines.shift() ?? "").replace(/\r$/, "");
    }
    const [, keyword = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(joined) ?? [];
    const delimiter = /^(?:COPY|ADD|RUN)$/i.test(keyword)
      ? /(?:^|\s)\d*<<-?(["']?)([^\s<"']+)\1/.exec(rest)?.[2]
      : undefined;
    if (delimiter === undefined) {
      instructions.push({ keyword: keyword.toUpperCase(), rest });
      continue;
    }
    const end = lines.findIndex((line) => line.replace(/\r$/, "") === delimiter);
    if (end === -1) throw new Error(`the heredoc ${delimiter} does not end`);
    const heredoc = lines
      .splice(0, end + 1)
      .slice(0, end)
      .map((line) => `${line}\n`)
      .join("");
    instructions.push({ keyword: keyword.toUpperCase(), rest, heredoc });
  }
  return instructions;
}

/**
 * Value of a double-quoted word as the shell lexer gives it; throws where the quotes do not enclose all of it, and for
 * variables other than `expected`, which stay what they are.
 */
export function readQuoted(word: string, expected: readonly string[] = []): string {
  let value = "";
  if (!word.startsWith('"')) throw new Error(`not quoted: ${word}`);
  for (let at = 1; at < word.length; at++) {
    const character = word[at] ?? "";
    const next = word[at + 1];
    if (character === '"') {
      if (at !== word.length - 1) throw new Error(`ends early: ${word}`);
      return value;
    }
    if (character === "$" && !expected.some((name) => word.startsWith(`\${${name}}`, at)))
      throw new Error(`is expanded: ${word}`);
    if (character === "\\" && next !== undefined && '"$\\'.includes(next)) {
      value += next;
      at++;
    } else value += character;
  }
  throw new Error(`does not end: ${word}`);
}
