import type { Input } from "./pack-inputs.ts";
import type { Order, Reading, Taken } from "./readings.ts";

/** Two programs' readings of one project. */
export interface Readings {
  readonly pack: Reading;
  readonly ours: Reading;
}

const head = `# How pack reads a project

\`test/e2e/pack/pack-inputs.test.ts\` generates this page, and fails if an observation differs from it. Each input went through
\`pack build\` 0.40.7, and through a generated Dockerfile as far as its stage \`detect\`. Both used a builder whose lifecycle reports its
inputs. The test compares the builder that was chosen, the files of \`/platform/env\`, \`order.toml\`, the buildpacks on the builder and
their files, the app's files with owner, mode and time, and whether project.toml caused a warning. A cell shows what differs from the
builder's own order, no variables and all files.

Two differences are intended and not repeated in the table. Here, files have mode 0644 or 0755, and directories 0755, so that every
clone gives the same image; pack keeps their modes, as \`--keep-modes\` does. For an inline script, pack also adds a .bat file to each of
the two programs and an empty line to \`bin/build\`, and its buildpack.toml names the builder's stack; here it names any stack.

| input | pack | cnb-dockerfile | same, or why not |
|---|---|---|---|
`;

/** The page that sets both side by side. In: as they were read, the first of an input that asks for nothing. */
export function readingsTable(readings: ReadonlyMap<Input, Readings>): string {
  const [plain] = [...readings.values()];
  if (plain?.pack.kind !== "taken") throw new Error("the first input is to be one that pack takes");
  const usual = plain.pack;
  const rows = [...readings].map(([input, { pack, ours }]) => {
    const [theirs, own] = [cell(pack, usual), cell(ours, usual)];
    const why = [...new Set(Object.values(input.otherwise ?? {}))].join("; ") || "same";
    const cells = [html(input.title), theirs, own === theirs ? "as pack" : own, why];
    return `| ${cells.join(" | ")} |\n`;
  });
  return `${head}${rows.join("")}`;
}

function cell(reading: Reading, usual: Taken): string {
  const warnings = reading.warnings.map((warning) => `warning: ${html(warning)}`);
  if (reading.kind === "refused")
    return [`refused: ${html(reasonOf(reading.reason))}`, ...warnings].join("<br>");
  const parts = [...env(reading), ...order(reading.order, usual.order), ...source(reading, usual)];
  return [...(parts.length === 0 ? ["taken"] : parts), ...warnings].join("<br>");
}

/** Without what pack says of this machine's network, which it is kept from. */
function reasonOf(reason: string): string {
  return reason.replace(/^failed to build: /, "").replace(/: (lookup buildpack|fetching image) .*$/, "");
}

function env(reading: Taken): string[] {
  return Object.entries(reading.env).map(([name, value]) => code(`${name}=${JSON.stringify(value)}`));
}

function order(own: Order, usual: Order): string[] {
  if (JSON.stringify(own) === JSON.stringify(usual)) return [];
  return own.map(({ group }) => {
    return `group ${code(group.map(({ id, version, optional }) => `${id}@${version}${optional ? "?" : ""}`).join(" "))}`;
  });
}

function source(reading: Taken, usual: Taken): string[] {
  const paths = ({ source }: Taken) => source.slice(1).map(({ path }) => path.replace("/workspace/", ""));
  const [own, all] = [paths(reading), paths(usual)];
  const list = (names: readonly string[]) => names.map(code).join(" ");
  const missing = all.filter((path) => !own.includes(path));
  const more = own.filter((path) => !all.includes(path));
  if (missing.length > own.length) return [`only ${list(own)}`];
  return [
    ...(missing.length === 0 ? [] : [`without ${list(missing)}`]),
    ...(more.length === 0 ? [] : [`with ${list(more)}`]),
  ];
}

/** Longest text in a cell. */
const maxCharacters = 90;

function code(text: string): string {
  return `<code>${html(text)}</code>`;
}

function html(text: string): string {
  const short = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "`": "&#96;",
    "*": "&#42;",
  };
  return short.replaceAll(/[&<>|`*]/g, (character) => entities[character] ?? character);
}
