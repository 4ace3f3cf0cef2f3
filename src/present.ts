/**
 * Fields without those that are undefined. An object whose type says `name?: T` may not hold `name: undefined`
 * (exactOptionalPropertyTypes), and what is written as JSON or TOML has no such value.
 */
export function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
