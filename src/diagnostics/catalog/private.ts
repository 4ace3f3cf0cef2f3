import { error, warning } from "./entry.ts";

/** Directories and files that no other user of the machine may change. */
export const privateCatalog = {
  "private/replaced": warning<{ path: string; reason: string; instead: string }>({
    summary: "Another user could change a directory that cnb-dockerfile uses",
    message: ({ path, reason, instead }) =>
      `${path} is not used, because another user could change its contents: ${reason}. Using ${instead} instead.`,
    hint: () =>
      "Fix its owner and mode (`chown`, `chmod 700`), or choose another directory with `--state-dir`, XDG_CACHE_HOME, XDG_DATA_HOME or XDG_STATE_HOME (in the builder container, PLP_CACHE_PATH).",
  }),
  "private/unusable": error<{ directory: string; reason: string }>({
    summary: "A directory that cnb-dockerfile needs cannot be used",
    message: ({ directory, reason }) => `${directory} cannot be used: ${reason}.`,
    hint: () => "Set XDG_CACHE_HOME and XDG_STATE_HOME to directories that you can write to.",
  }),
  "private/no-temporary-directory": error<{ directory: string; reason: string }>({
    summary: "Temporary files cannot be written",
    message: ({ directory, reason }) => `Temporary files cannot be written to ${directory}: ${reason}.`,
    hint: () =>
      "Set TMPDIR to a directory with free space where no other user can replace your files: one of your own, or one with the sticky bit, like /tmp (`chmod 1777 /tmp`).",
  }),
};
