import { styleText } from "node:util";
import { visible } from "../diagnostics/format.ts";
import { shellWord } from "../dockerfile/write/quote.ts";
import { shortDigest } from "../image/reference.ts";
import { detectionSections } from "./detection-text.ts";
import type { Overview, OverviewPlatform } from "./overview.ts";
import { type OverviewMount, phaseText } from "./phases.ts";
import { alikeBut, type Row, type Section } from "./section.ts";
import type { OverviewBase } from "./stages.ts";

/** Columns that every terminal has. */
const width = 80;

/** Draws an overview for people: lines of at most 80 columns, but for names that are longer. Ends with a newline. */
export function formatOverview(overview: Overview, { color }: { readonly color: boolean }): string {
  // The terminal was asked by the caller; here the choice is only carried out.
  const heading = (text: string) =>
    color ? styleText(["bold", "cyan"], text, { validateStream: false }) : text;
  return sections(overview)
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, rows }) => `${heading(title)}\n${drawRows(rows)}\n`)
    .join("\n");
}

function sections(overview: Overview): Section[] {
  return [
    { title: "Images", rows: imageRows(overview) },
    { title: "Build", rows: buildRows(overview) },
    ...orderSections(overview.platforms),
    ...detectionSections(overview.detections ?? []),
    {
      title: "Image extensions (which take part is known after detection)",
      rows: (overview.extensions ?? []).map((group, index) => [
        String(index + 1),
        group.map(({ id, version }) => `${id}@${version}`).join(", "),
      ]),
    },
    {
      title: "Added buildpacks",
      rows: overview.addedBuildpacks.map(({ kind, place, buildpacks }) => [
        `${kind} ${shortDigest(place)}`,
        buildpacks.map(({ id, version }) => `${id}@${version}`).join(", "),
      ]),
    },
    {
      title: "Added image extensions",
      rows: (overview.addedExtensions ?? []).map(({ kind, place, extensions }) => [
        `${kind} ${shortDigest(place)}`,
        extensions.map(({ id, version }) => `${id}@${version}`).join(", "),
      ]),
    },
    { title: "Phases", rows: overview.phases.map((phase) => [phase.name, phaseText(phase)]) },
    {
      title: "Mounts",
      rows: overview.phases.flatMap((phase) =>
        phase.runs ? phase.mounts.map((mount): Row => [phase.name, mountText(mount)]) : [],
      ),
    },
    {
      title: "Flags for `docker buildx build`",
      rows: [
        ...overview.secrets.map(
          ({ offer, kind, phases }): Row => [
            offer.map(shellWord).join(" "),
            `${secretKinds[kind]}, for ${phases.join(" and ")}`,
          ],
        ),
        ...overview.buildContexts.map(
          (context): Row => [`--build-context ${shellWord(context)}`, "an image"],
        ),
        ...(overview.buildpackContexts ?? []).map(
          (context): Row => [`--build-context ${shellWord(context)}`, "a buildpack"],
        ),
        ...(overview.volumes ?? []).flatMap((volume): Row[] =>
          volume.kind === "cache"
            ? []
            : [[`--build-context ${volume.context}=DIRECTORY`, `a directory, at ${volume.target}`]],
        ),
      ],
    },
    {
      title: "Downloads",
      rows: [
        ...overview.network.images.map((image): Row => ["image", shortDigest(image)]),
        ...overview.network.downloads.map((url): Row => ["file", url]),
      ],
    },
    {
      title: "Stages (values of --target)",
      rows: overview.stages.map(({ name, base, runsOn, isDefault }) => [
        name,
        [
          `from ${baseText(base)}`,
          ...(runsOn === "build" ? ["on the build platform"] : []),
          ...(isDefault ? ["default"] : []),
        ].join(", "),
      ]),
    },
    {
      title: "Warnings",
      rows: overview.diagnostics.map(({ code, message }) => [code, message]),
    },
  ];
}

function imageRows({ builder, runImage, platforms, tool }: Overview): Row[] {
  const digests = (key: "builderDigest" | "runImageDigest") =>
    platforms.map((one): Row => [`  ${one.platform}`, shortDigest(one[key] ?? "unknown digest")]);
  return [
    ["builder", builder.name],
    ...digests("builderDigest"),
    ["run image", runImage.name],
    ...digests("runImageDigest"),
    ["helper image", tool],
  ];
}

function buildRows(overview: Overview): Row[] {
  const { lifecycleVersion, platformApi, execEnv, processType, variables, cache, descriptor } = overview;
  return [
    ["descriptor", descriptor ?? "none"],
    ["lifecycle", `${lifecycleVersion}, Platform API ${platformApi}`],
    ...(execEnv === undefined ? [] : [["environment", execEnv] as const]),
    ["starts", processType === undefined ? "the launcher" : `process ${processType}`],
    ...(variables.length === 0 ? [] : [["variables", variables.join(", ")] as const]),
    ["cache", `${cache.id}, from ${cacheOrigins[cache.derivedFrom]}`],
    ...(cache.scope === undefined ? [] : [["cache scope", scopeText(cache.scope)] as const]),
  ];
}

function scopeText({ own, base }: NonNullable<Overview["cache"]["scope"]>): string {
  return base === undefined ? own : `${own}, also reads ${base}`;
}

const cacheOrigins: Readonly<Record<Overview["cache"]["derivedFrom"], string>> = {
  option: "--cache-id",
  "project id": "the project ID",
  "git remote": "the git remote",
  nothing: "a random value",
};

const secretKinds: Readonly<Record<Overview["secrets"][number]["kind"], string>> = {
  variable: "a variable",
  binding: "a binding key",
  "ca-certificates": "a CA bundle",
  "ssh-agent": "an SSH agent",
};

/** One section where all platforms have the same order. */
function orderSections(platforms: readonly OverviewPlatform[]): Section[] {
  const orders = alikeBut(platforms, ({ order }) => order);
  return orders.flatMap(({ first, alike }) => {
    const of = orders.length === 1 ? "" : ` on ${alike.map(({ platform }) => platform).join(", ")}`;
    return {
      title: `Buildpack order${of} (the first group that passes detection is used)`,
      rows: first.order.map(
        (group, index): Row => [
          `${index + 1}`,
          group
            .map(({ id, version, optional }) => {
              const name = version === undefined ? id : `${id}@${version}`;
              return optional ? `${name} (optional)` : name;
            })
            .join(", "),
        ],
      ),
    };
  });
}

function mountText(mount: OverviewMount): string {
  switch (mount.kind) {
    case "secret":
    case "ssh":
    case "cache":
      return `${mount.kind} ${mount.id} at ${mount.target}`;
    case "bind":
      return `${mount.source} of ${mount.stage} at ${mount.target}`;
    case "context":
      return `the project at ${mount.target}`;
  }
}

function baseText(base: OverviewBase): string {
  switch (base.kind) {
    case "image":
      return shortDigest(base.reference);
    case "stage":
      return base.stage;
    case "scratch":
      return "scratch";
    case "named-context":
      return base.name;
  }
}

/** Labels in one column, texts in the next; a label as wide as half a line has its text below it. */
function drawRows(rows: readonly Row[]): string {
  const inColumns = (text: string) => visible(text).replaceAll("\t", " ");
  const shown = rows.map(([label, text]): Row => [inColumns(label), inColumns(text)]);
  const labels = shown.map(([label]) => label.length).filter((length) => length < width / 2);
  const column = Math.max(0, ...labels) + 4;
  return shown
    .flatMap(([label, text], index) => {
      const lines = wrap(text, width - column).map((line) => " ".repeat(column) + line);
      // A label that repeats the one above it says nothing.
      const repeats = index > 0 && shown[index - 1]?.[0] === label;
      if (repeats) return lines;
      const [first = "", ...rest] = lines;
      const head = `  ${label}`;
      if (head.length + 2 > column) return [head, ...lines];
      return [head.padEnd(column) + first.trimStart(), ...rest];
    })
    .join("\n");
}

/** Breaks a text at its blanks. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
