import * as v from "valibot";
import { buildpackEntry, envEntry } from "../entries.ts";
import { buildpacksSchema, schemaOf } from "./schema-0.2.ts";

export { foreignTables, ownTables, toDescriptor } from "./schema-0.2.ts";

const execEnv = { "exec-env": v.optional(v.array(v.string())) };

/**
 * project.toml 0.3: 0.2, and `exec-env` on buildpacks and variables, which names the execution environments that they
 * take part in. Source: pack; the CNB project descriptor spec has no such version.
 */
export const schema = schemaOf(buildpacksSchema(buildpackEntry(execEnv), envEntry(execEnv)));
