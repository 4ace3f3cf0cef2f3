/** Names that are as good as any other, and that JavaScript's own objects have, too. */
export const oddNames = ["__proto__", "constructor", "prototype", "toString"] as const;
