/** The one type that toml-eslint-parser's declarations take from eslint, which nothing else here needs. */
declare module "eslint" {
  export namespace SourceCode {
    type VisitorKeys = Readonly<Record<string, readonly string[]>>;
  }
}
