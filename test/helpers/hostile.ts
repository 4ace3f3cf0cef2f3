import fc from "fast-check";

const dangerous = [
  ...['"', "'", "\\", "$", "${", "}", "`", "<", "<<EOF", '<<"EOF"', "#", "[", "]", ",", "=", "&&", ";"],
  ...["\n", "\r", "\r\n", "\\\n", "\\ \n", " ", "\t", "\u000b", "\0", "\u0085", "\u2028", "\u2029", "\ufeff"],
  ...[
    "EOF",
    "EOF1",
    "\nEOF\n",
    "\nEOF1\n",
    "\n# escape=`\n",
    "\nRUN x\n",
    "\nFROM scratch\n",
    "$(id)",
    "$HOME",
  ],
  ...["é", "日本", "🚀", "\ud800", "-", "--mount=type=secret"],
];

/** Texts that try to get out of whatever holds them. */
export const hostile = fc
  .array(fc.oneof(fc.constantFrom(...dangerous), fc.string({ unit: "binary", maxLength: 4 })), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(""));
