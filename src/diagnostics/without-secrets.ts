/**
 * An address that cannot be read as one, for a message: without what stands before `@`, where a password would be, and
 * without what follows `?` or `#`, where a token would be. Other texts stay as they are.
 */
export function withoutSecrets(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/]*@/s, "$1");
}
