import { createRequire } from "node:module";

/** An element, and the text that stands in it directly. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
}

/** What is used of saxes, whose own types do not hold with `exactOptionalPropertyTypes`. */
interface Saxes {
  readonly SaxesParser: new (options: {
    readonly xmlns: true;
  }) => {
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "opentag", listener: (tag: { readonly name: string }) => void): void;
    on(event: "text", listener: (text: string) => void): void;
    on(event: "closetag", listener: () => void): void;
    write(text: string): { close(): void };
  };
}
const { SaxesParser } = createRequire(import.meta.url)("saxes") as Saxes;

/** Every element of a document, in its order. Throws where the document is not well-formed. */
export function readXml(document: string): XmlElement[] {
  const parser = new SaxesParser({ xmlns: true });
  const found: { name: string; text: string }[] = [];
  const open: { name: string; text: string }[] = [];
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => {
    const element = { name, text: "" };
    found.push(element);
    open.push(element);
  });
  parser.on("text", (piece) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  });
  parser.on("closetag", () => {
    open.pop();
  });
  parser.write(document).close();
  return found;
}
