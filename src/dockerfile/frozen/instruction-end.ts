/** A line that goes on in the next one. */
const goesOn = /\\[ \t]*$/;
/** What BuildKit passes over between the lines of an instruction. */
const isPassedOver = /^[ \t]*(?:#.*)?$/;
/** Where a heredoc is announced, as a word of its own. */
export const heredoc = /(?<=^|[ \t])<<(?<strip>-?)(?<quote>["']?)(?<name>\w+)\k<quote>(?=[ \t]|$)/g;

/**
 * Whether BuildKit ends an instruction where it ends here, by its rules for lines, which are simpler than any parser: neither quotes nor
 * brackets hold one open. In: ASCII with plain heredocs; whether its keyword takes them. Source: BuildKit, `frontend/dockerfile/parser`.
 */
export function endsAlike(text: string, takesHeredocs: boolean): boolean {
  const lines = text.split("\n");
  let logical = "";
  let at = 0;
  for (;;) {
    const line = lines[at] ?? "";
    at += 1;
    if (at > 1 && isPassedOver.test(line)) {
      if (at >= lines.length) return false;
      continue;
    }
    logical += ` ${line.replace(goesOn, "")}`;
    if (!goesOn.test(line)) break;
    if (at >= lines.length) return false;
  }
  if (!takesHeredocs) return at === lines.length;
  for (const { groups: { strip = "", name = "" } = {} } of logical.matchAll(heredoc)) {
    const end = lines.findIndex(
      (line, index) => index >= at && (strip === "" ? line : line.replace(/^\t+/, "")) === name,
    );
    if (end === -1) return false;
    at = end + 1;
  }
  return at === lines.length;
}
