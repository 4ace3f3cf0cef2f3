/**
 * Value of a word as BuildKit's shell lexer has it, but that variables stay as they are written: quotes are gone, and
 * what is escaped stands for itself. In: the file's escape character.
 */
export function unquote(word: string, escapeCharacter: string): string {
  let value = "";
  let quote = "";
  for (let at = 0; at < word.length; at += 1) {
    const character = word.charAt(at);
    const next = word.charAt(at + 1);
    if (character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (
      character === escapeCharacter &&
      quote !== "'" &&
      (quote === "" || `"$${escapeCharacter}`.includes(next))
    ) {
      value += next;
      at += 1;
    } else value += character;
  }
  return value;
}
