/** How such a file begins, by which it is known again. */
export const targetFileMark =
  "# Made by `cnb-dockerfile generate`, which replaces this file. Remove this line to have it ask for --force.";

/** Directory for secrets that are files, beside the file that names them. */
export const secretDirectory = "secrets";
