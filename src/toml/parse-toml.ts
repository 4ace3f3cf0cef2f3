import TOMLParser from "@iarna/toml/lib/toml-parser.js";
import prettyError from "@iarna/toml/parse-pretty-error.js";

/** What a parser of TOML can do. */
type Parser = Pick<TOMLParser, "parse" | "finish">;

/** Reads TOML. Throws the parser's error, which has the place in the text. In: absent: one that makes Dates of dates and times. */
export function parseToml(text: string, parser: Parser = new WholeParser()): Record<string, unknown> {
  try {
    parser.parse(text);
    return parser.finish();
  } catch (error) {
    throw prettyError(error, text);
  }
}

/**
 * Takes keys that are called as what every object has, as `constructor`: @iarna/toml 3.0.0 finds that in place of a table that is not
 * there yet, and writes into it, so that `hasOwnProperty.call = 1` would change all of the program. So a table is there first.
 */
export class WholeParser extends TOMLParser {
  /** What makes an object a table that nothing has declared, as the parser's own root is at first. */
  readonly #table = Object.getOwnPropertyDescriptors(this.obj);

  protected override recordAssignStatement(pair: { readonly key: readonly string[] }): unknown {
    this.#makeTables(this.ctx, pair.key.slice(0, -1));
    return super.recordAssignStatement(pair);
  }

  protected override recordInlineTableValue(pair: { readonly key: readonly string[] }): unknown {
    this.#makeTables(this.state.resultTable, pair.key.slice(0, -1));
    return super.recordInlineTableValue(pair);
  }

  protected override parseTableMore(name: string): unknown {
    if (this.char === "]".charCodeAt(0)) this.#makeTables(this.ctx, [name]);
    return super.parseTableMore(name);
  }

  #makeTables(start: unknown, path: readonly string[]): void {
    let table = start;
    for (const name of path) {
      // What is no table, the parser finds itself.
      if (typeof table !== "object" || table === null) return;
      if (!Object.hasOwn(table, name)) {
        const value = Object.defineProperties({}, this.#table);
        Object.defineProperty(table, name, { value, configurable: true, enumerable: true, writable: true });
      }
      table = (table as Readonly<Record<string, unknown>>)[name];
    }
  }
}
