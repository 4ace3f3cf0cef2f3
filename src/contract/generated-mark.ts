/** How every file that `generate` writes begins, perhaps behind a `# syntax=` line; templates/ has the same words. */
export const generatedMark = /^(# syntax=[^\n]*\n)?# Made by cnb-dockerfile /;
