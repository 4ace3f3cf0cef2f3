// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Dockerfiles and shells
import fc from "fast-check";

const dangerous = [
  ...['"', "'", "\\", "$", "${", "}", "`", "<", "<<EOF", '<<"EOF"', "<<-EOF", "#", "[", "]", ",", "=", "&&"],
  ...[";", "|", ">", "*", "?", "!", "~", "(", ")", "{", "%", "@", ":", "/", "../", "//", "a b", '""', "''"],
  ...["\n", "\r", "\r\n", "\\\n", "\\\r\n", "\\ \n", " ", "\t", "\u000b", "\f", "\0", "\u0001", "\u001b[31m"],
  ...["\u007f", "\u0085", "\u009b", "\u00a0", "\u2028", "\u2029", "\u202e", "\ufeff", "\ufffe", "\ufffd"],
  ...["EOF", "EOF1", "EOF2", "\nEOF\n", "\nEOF\r\n", "\nEOF\r\r\n", "\nEOF1\n", "\nEOF2\n"],
  ...[
    "\n# escape=`\n",
    "# syntax=evil/frontend\n",
    "\n# check=error=true\n",
    "\nRUN x\n",
    "\nFROM scratch\n",
  ],
  ...["\nONBUILD RUN x\n", "COPY --from=x / /", " AS app", "$(id)", "$HOME", "${PATH}", "$TARGETPLATFORM"],
  ...["${TARGETPLATFORM:-x}", "$$", "\\$x", '"""', "'''", '"]', '\\"', '"}', "\\u0000", "\\ud800", "&#10;"],
  ...["{{plan}}", "{{{this}}}", "{{/each}}", "<script>", "é", "e\u0301", "日本", "🚀", "\ud800", "\udc00"],
  ...["-", "--", "-e", "--env=A=B", "--mount=type=secret", "--network=host", "type=bind", "sharing=shared"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "null", "true", "0", "x".repeat(3000)],
];

/** Texts that try to get out of whatever holds them. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...dangerous), fc.string({ unit: "binary", maxLength: 4 })), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(""));
