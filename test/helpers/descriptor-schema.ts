import { type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import { ownPath } from "../../src/descriptor/schema/own-table.ts";
import * as schema01 from "../../src/descriptor/schema/schema-0.1.ts";
import * as schema02 from "../../src/descriptor/schema/schema-0.2.ts";
import * as schema03 from "../../src/descriptor/schema/schema-0.3.ts";
import { homepage } from "../../src/diagnostics/documentation.ts";
import { optionRows } from "../../src/options/table.ts";
import { type Note, notes01, notes02 } from "./descriptor-notes.ts";

const schemas: Readonly<Record<string, { readonly schema: GenericSchema; readonly notes: Notes }>> = {
  "0.1": { schema: schema01.schema, notes: notes01 },
  "0.2": { schema: schema02.schema, notes: notes02 },
  "0.3": { schema: schema03.schema, notes: notes02 },
};

type Notes = Readonly<Record<string, Note>>;

/**
 * The JSON schema of project.toml in all its versions, for editors: shapes from what the compiler itself checks files
 * with, descriptions and rules between keys from the notes. Unknown keys are left alone; the compiler warns of them.
 * Throws where a key has no note, or a note no key.
 */
export function renderDescriptorSchema(): string {
  const used = new Set<Note>();
  const versions = Object.entries(schemas).map(([version, { schema, notes }]) => {
    const made = toJsonSchema(schema, { typeMode: "output" });
    return [version, withNotes(made, "", notes, used)] as const;
  });
  const unused = [notes01, notes02].flatMap((notes) =>
    Object.keys(notes).filter((path) => notes[path] !== undefined && !used.has(notes[path])),
  );
  if (unused.length > 0) throw new Error(`no key for the notes ${unused.join(", ")}`);
  const definition = (version: string) => ({ $ref: `#/definitions/${version}` });
  const whole = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: `${homepage}/raw/main/schema/project.schema.json`,
    title: "project.toml",
    description: "Project descriptor of Cloud Native Buildpacks, schema versions 0.1 to 0.3.",
    type: "object",
    properties: {
      _: { properties: { "schema-version": { enum: Object.keys(schemas) } } },
    },
    if: declares("0.3"),
    // biome-ignore lint/suspicious/noThenProperty: JSON schema's own word
    then: definition("0.3"),
    else: {
      if: declares("0.2"),
      // biome-ignore lint/suspicious/noThenProperty: JSON schema's own word
      then: definition("0.2"),
      else: definition("0.1"),
    },
    definitions: Object.fromEntries(versions),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function declares(version: string): JsonSchema {
  return {
    required: ["_"],
    properties: {
      _: {
        type: "object",
        required: ["schema-version"],
        properties: { "schema-version": { const: version } },
      },
    },
  };
}

/** What the table of options says of a key of our own table. Undefined: it is none of them. */
function noteOfOption(path: string): Note | undefined {
  const row = optionRows.find(({ key }) => key !== undefined && path === [...ownPath, key].join("."));
  if (row === undefined) return undefined;
  return { description: `${row.text}.` };
}

/** Adds notes to a schema and all below it. In: its key path, with `[]` for the items of a list; empty: the file. */
function withNotes(schema: JsonSchema, path: string, notes: Notes, used: Set<Note>): JsonSchema {
  const note = notes[path] ?? noteOfOption(path);
  if (note === undefined) throw new Error(`no note for the key ${JSON.stringify(path)}`);
  used.add(note);
  const { properties, items, required = [], default: _, $schema, ...rest } = schema;
  return {
    ...rest,
    ...note,
    ...(required.length === 0 ? {} : { required }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, inner]) => [
              key,
              withNotes(object(inner), path === "" ? key : `${path}.${key}`, notes, used),
            ]),
          ),
        }),
    ...(items === undefined ? {} : { items: withNotes(object(items), `${path}[]`, notes, used) }),
  };
}

function object(schema: JsonSchema["items"]): JsonSchema {
  if (typeof schema === "object" && !Array.isArray(schema)) return schema;
  throw new Error(`no schema of one kind: ${JSON.stringify(schema)}`);
}
