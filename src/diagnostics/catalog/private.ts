import { error, warning } from "./entry.ts";

/** Directories and files that no other user of the machine may change. */
export const privateCatalog = {
  "private/replaced": warning<{ path: string; reason: string; instead: string }>({
    summary: "Another user could change a directory that cnb-dockerfile keeps files in",
    message: ({ path, reason, instead }) =>
      `${path} is not used, because another user could change what is in it: ${reason}. ${instead} is used instead.`,
    hint: () =>
      "Change its owner and its mode (`chown`, `chmod 700`), or choose another directory: `--state-dir`, XDG_CACHE_HOME, XDG_DATA_HOME and XDG_STATE_HOME name one, in the builder container PLP_CACHE_PATH.",
  }),
  "private/unusable": error<{ directory: string; reason: string }>({
    summary: "A directory that cnb-dockerfile keeps files in cannot be used",
    message: ({ directory, reason }) => `${directory} cannot be used: ${reason}.`,
    hint: () => "Set XDG_CACHE_HOME and XDG_STATE_HOME to directories that you can write.",
  }),
  "private/no-temporary-directory": error<{ directory: string; reason: string }>({
    summary: "Temporary files have no place",
    message: ({ directory, reason }) => `Temporary files cannot be in ${directory}: ${reason}.`,
    hint: () =>
      "Set TMPDIR to a directory on a disk with room, where no other user can replace your files: one of your own, or a sticky one as /tmp is (`chmod 1777 /tmp`).",
  }),
};
