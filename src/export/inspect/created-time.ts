import { epochTime } from "../../contract/epoch.ts";

/** When documents about an image were made, for all who read them: SOURCE_DATE_EPOCH, else 1980; never the clock. */
export function createdTime(): string {
  const text = process.env.SOURCE_DATE_EPOCH ?? "";
  if (!/^\d{1,11}$/.test(text)) return epochTime;
  return new Date(Number(text) * 1000).toISOString().replace(".000Z", "Z");
}
