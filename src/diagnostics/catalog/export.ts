import { error } from "./entry.ts";

/** Faults of the program that runs inside the build: `files`, `source`, `export`. */
export const exportCatalog = {
  "export/unreadable": error<{ path: string; reason: string }>({
    summary: "A file of the build could not be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
  }),
};
