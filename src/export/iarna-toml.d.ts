/** The parser alone, without the streams that the package's main file brings along. */
declare module "@iarna/toml/parse-string.js" {
  export default function parse(text: string): Record<string, unknown>;
}
