/**
 * One entry of the catalogue: everything that is ever said about a fault.
 * `Values` are what a call site must hand over; `void` where the text needs none.
 */
export interface CatalogEntry<Values> {
  readonly severity: "error" | "warning";
  /** One line for the docs page and for tools. */
  readonly summary: string;
  readonly message: (values: Values) => string;
  /** The line that it points at may hold a secret, so it is never shown. */
  readonly hidesLine?: true;
  /** What the user can do. */
  readonly hint?: (values: Values) => string | undefined;
}

/** Declares an error and keeps the type of its values. */
export function error<Values = void>(entry: Omit<CatalogEntry<Values>, "severity">): CatalogEntry<Values> {
  return { severity: "error", ...entry };
}

/** Declares a warning and keeps the type of its values. */
export function warning<Values = void>(entry: Omit<CatalogEntry<Values>, "severity">): CatalogEntry<Values> {
  return { severity: "warning", ...entry };
}
