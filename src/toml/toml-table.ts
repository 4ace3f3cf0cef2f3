export interface TomlTable {
  readonly [key: string]: TomlValue;
}

/** Numbers are floats, as they are to the lifecycle, which takes them from JSON. */
export type TomlValue = string | number | boolean | TomlTable | readonly TomlValue[];
