/** toml-eslint-parser's types name this one of a linter that nobody needs here. */
declare module "eslint" {
  export namespace SourceCode {
    type VisitorKeys = Record<string, string[]>;
  }
}
