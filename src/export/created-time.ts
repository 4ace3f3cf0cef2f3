/** The time that everything in a buildpacks image has. Source: CNB platform spec, "exporter". */
const usual = "1980-01-01T00:00:01Z";

/** When documents about an image were made, for all who read them: SOURCE_DATE_EPOCH, else 1980; never the clock. */
export function createdTime(): string {
  const text = process.env.SOURCE_DATE_EPOCH ?? "";
  if (!/^\d{1,11}$/.test(text)) return usual;
  return new Date(Number(text) * 1000).toISOString().replace(".000Z", "Z");
}
