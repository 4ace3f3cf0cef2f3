/** A list as a message names it. */
export const listed = (items: readonly string[]) => (items.length === 0 ? "none" : items.join(", "));
