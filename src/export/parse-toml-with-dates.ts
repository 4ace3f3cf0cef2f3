import { parseToml, WholeParser } from "../toml/parse-toml.ts";

/** Reads TOML; the values of dates and times are TomlDate. Throws the parser's error, which has the place in the text. */
export function parseTomlWithDates(text: string): Record<string, unknown> {
  return parseToml(text, new DateKeepingParser());
}

/** @iarna/toml 3.0.0 makes a Date of the text and drops it. The state that does so is the first that returns the Date. */
class DateKeepingParser extends WholeParser {
  protected override return(value: unknown): void {
    if (value instanceof Date && !("written" in value) && !("isDate" in value)) {
      Object.defineProperty(value, "written", { value: this.#written(value) });
    }
    super.return(value);
  }

  /** In lists and inline tables a date ends at what follows, too, of which @iarna/toml 3.0.0 knows in numbers alone. */
  protected override atEndOfWord(): boolean {
    return super.atEndOfWord() || [",", "]", "}"].some((end) => end.charCodeAt(0) === this.char);
  }

  /** The character behind a time alone belongs to what comes next; @iarna/toml 3.0.0 drops it. */
  protected override parseOnlyTimeFractionMaybe(): unknown {
    const isFraction = this.char === ".".charCodeAt(0);
    const result = super.parseOnlyTimeFractionMaybe();
    return isFraction ? result : this.runOne();
  }

  #written(value: Date): string {
    const { result, buf } = this.state;
    if (!("isTime" in value)) return `${result}${buf}`;
    // The fraction of a time alone stands without its point; where there is none, the seconds stand there a second time.
    const isFraction = buf.length !== 2 || value.getUTCMilliseconds() !== 0;
    return isFraction ? `${result}.${buf}` : String(result);
  }
}
