import type { PlatformFile } from "../../plan/lifecycle-plan.ts";
import type { FileInstruction } from "../../stages/stage.ts";
import { writeToml } from "../../toml/write-toml.ts";

/** Longest piece of text in the JSON of exact files, in UTF-16 units; BuildKit's lines end at 65,535 bytes. */
const maxPieceLength = 4000;

/** The text of a file that stands in the Dockerfile, or beside it in a context; always ends in a newline. */
export function fileText(content: FileInstruction["content"]): string {
  switch (content.format) {
    case "text":
      return content.text;
    case "toml":
      return writeToml(content.table);
    case "files":
      return `${JSON.stringify(content.files.map(listed), null, 2)}\n`;
  }
}

function listed({ path, mode, content }: PlatformFile) {
  const text = fileText(content);
  return { path, mode, content: text.length <= maxPieceLength ? text : pieces(text) };
}

/** Cuts a text without cutting a character in two. */
function pieces(text: string): string[] {
  const cut: string[] = [];
  let piece = "";
  for (const character of text) {
    if (piece.length >= maxPieceLength) {
      cut.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...cut, piece];
}
