/** The time that everything in a buildpacks image has. Source: CNB platform spec, "exporter"; lifecycle, `archive.NormalizedDateTime`. */
export const epochTime = "1980-01-01T00:00:01Z";
/** The same in seconds since 1970. */
export const epochSeconds = 315_532_801;
