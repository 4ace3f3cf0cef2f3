const unitSeconds: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/**
 * Reads a duration as Grype takes it, `120h` or `1h30m`, with `d` for days besides. Out: seconds, more than none.
 * Undefined: it is none. Source: Go, `time.ParseDuration`.
 */
export function durationSeconds(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?[dhms])+$/.test(text)) return undefined;
  const parts = text.matchAll(/(?<amount>[\d.]+)(?<unit>[dhms])/g);
  let seconds = 0;
  for (const { groups } of parts) seconds += Number(groups?.amount) * (unitSeconds[groups?.unit ?? ""] ?? 0);
  return seconds > 0 ? seconds : undefined;
}
