/** The parser alone, without the streams that the package's main file brings along. */
declare module "@iarna/toml/parse-string.js" {
  export default function parse(text: string): Record<string, unknown>;
}

declare module "@iarna/toml/lib/toml-parser.js" {
  /** What the parser does is a stack of states; `return` hands a value to the one below. */
  export default class TOMLParser {
    protected readonly state: {
      readonly result?: unknown;
      readonly resultTable?: unknown;
      readonly buf: string;
    };
    /** The whole document, and the table that its lines belong to. */
    protected readonly obj: object;
    protected readonly ctx: object;
    /** The character at which the parser is; past the end no character's number. */
    protected readonly char: number;
    parse(text: string): void;
    finish(): Record<string, unknown>;
    protected return(value: unknown): void;
    /** Take a value by its dotted key; `parseTableMore`, one name of a table's header. */
    protected recordAssignStatement(pair: { readonly key: readonly string[] }): unknown;
    protected recordInlineTableValue(pair: { readonly key: readonly string[] }): unknown;
    protected parseTableMore(name: string): unknown;
    protected atEndOfWord(): boolean;
    /** Runs the state at the top of the stack. */
    protected runOne(): unknown;
    protected parseOnlyTimeFractionMaybe(): unknown;
  }
}

declare module "@iarna/toml/parse-pretty-error.js" {
  /** The error with the place in the text. */
  export default function prettyError(error: unknown, text: string): Error;
}
