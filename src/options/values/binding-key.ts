/** Longest key of Kubernetes, in characters. */
const maxLength = 253;

/**
 * Whether a binding can have a key of that name: every one that Kubernetes allows, and `sha256:HEX`, by which dependency
 * mappings name what they replace. Names that begin with `..` are a Kubernetes volume's own.
 * Source: Kubernetes, `IsConfigMapKey`; Paketo, "Dependency Mappings".
 */
export function isBindingKey(name: string): boolean {
  if (name.length > maxLength || name === "." || name.startsWith("..")) return false;
  return /^(?:[-._a-zA-Z0-9]+|[a-z0-9]+:[0-9a-fA-F]+)$/.test(name);
}
