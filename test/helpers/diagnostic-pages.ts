import type { CatalogEntry } from "../../src/diagnostics/catalog/entry.ts";
import { catalog } from "../../src/diagnostics/catalog.ts";

/** Where each room's messages come from, in the order of the page. */
const rooms: Readonly<Record<string, string>> = {
  descriptor: "project.toml",
  builder: "Builder and run images",
  modules: "Buildpacks that a project adds",
  plan: "Deciding how to build",
  emit: "Writing the Dockerfile",
  registry: "Registries",
  cli: "The command line and its files",
  export: "Inside the build: the export program",
};

/** The page of everything we ever say: code, meaning, text and advice, from the catalogue itself. */
export function renderDiagnosticsPage(): string {
  const entries = Object.entries<CatalogEntry<never>>(catalog);
  const unknown = entries.filter(([code]) => rooms[code.split("/")[0] ?? ""] === undefined);
  if (unknown.length > 0) throw new Error(`no room for ${unknown.map(([code]) => code).join(", ")}`);
  const sections = Object.entries(rooms).flatMap(([room, title]) => [
    `## ${title}`,
    "",
    ...entries
      .filter(([code]) => code.startsWith(`${room}/`))
      .flatMap(([code, entry]) => section(code, entry)),
  ]);
  return [
    "# What the program says, and what to do about it",
    "",
    "Written from `src/diagnostics/catalog` by `npm test -- -u`. Words in `‹…›` stand for values.",
    "Errors end with exit code 1, or 75 where trying again can help; warnings change nothing.",
    "",
    ...sections,
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

function section(code: string, { severity, summary, message, hint }: CatalogEntry<never>): string[] {
  const values = placeholders() as never;
  const advice = hint?.(values);
  return [
    `### ${code}`,
    "",
    `${summary} (${severity}).`,
    "",
    `> ${message(values)}`,
    "",
    ...(advice === undefined ? [] : [`${advice}`, ""]),
  ];
}

/** Any value there could be, as its name: good as a text, and as a list of one. */
function placeholders(): object {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        const text = `‹${String(name)}›`;
        return Object.assign([text], { toString: () => text, toJSON: () => text });
      },
    },
  );
}
