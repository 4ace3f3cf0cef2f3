/** What the changelog says of a version. */
export interface ReleaseNotes {
  /** `2026-11-30`; absent: it says `not released yet`. */
  readonly date?: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** Finds a version's part in the changelog. Undefined: it has none, or its heading has neither form. */
export function releaseNotes(changelog: string, version: string): ReleaseNotes | undefined {
  const parts = changelog.split(/^## /m).slice(1);
  const part = parts.find((text) => text.startsWith(`${version} (`));
  const [, when = "", text = ""] = /^\S+ \((.+)\)\n([\s\S]*)$/.exec(part ?? "") ?? [];
  if (when === "not released yet") return { text: text.trim() };
  return /^\d{4}-\d{2}-\d{2}$/.test(when) ? { date: when, text: text.trim() } : undefined;
}
