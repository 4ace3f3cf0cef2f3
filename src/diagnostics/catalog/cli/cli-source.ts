import { error, warning } from "../entry.ts";

/** The first three, and how many more there are. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

/** Faults of the source that `build` builds: a directory, an archive, a git repository. */
export const cliSourceCatalog = {
  "cli/source-twice": error<{
    first: { flag: string; value: string };
    second: { flag: string; value: string };
    /** Flags to write where the first is the name of an image. */
    packForm: { image: string; flags: string } | undefined;
  }>({
    summary: "A build has two sources",
    message: ({ first, second }) =>
      `Two sources are given: ${first.value} by ${first.flag} and ${second.value} by ${second.flag}.`,
    hint: ({ packForm }) =>
      packForm === undefined
        ? "Keep one."
        : `If ${packForm.image} is the image's name, as with pack, write \`cnb-dockerfile build ${packForm.flags}\`.`,
  }),
  "cli/app-ignored": warning<{ file: string; pattern: string }>({
    summary: "An ignore file excludes the whole app",
    message: ({ file, pattern }) =>
      `${file} excludes the whole app: the line \`${pattern}\` matches everything, and no later line includes an existing file again.`,
    hint: () =>
      "Remove the line, or include what the app needs, for example `!src`. Patterns are relative to the app's directory.",
  }),
  "cli/input-twice": error<Record<never, never>>({
    summary: "Standard input is used twice",
    message: () => "Standard input can be the source or the file to build, but not both.",
    hint: () => "Name a directory, or leave `--file` out.",
  }),
  "cli/no-source": error<{ url: string }>({
    summary: "There is no source at the URL",
    message: ({ url }) => `There is no source at ${url}.`,
    hint: () =>
      "Use an archive: a zip, or a tar, optionally gzipped. The URL of a git repository ends in `.git`, or is passed with `--git`.",
  }),
  "cli/bad-archive": error<{ source: string; reason: string }>({
    summary: "A source archive cannot be unpacked",
    message: ({ source, reason }) => `The source from ${source} cannot be unpacked: ${reason}.`,
    hint: () => "Create it with `tar -czf`, with the app's files at its root.",
  }),
  "cli/archive-names-twice": warning<{ source: string; names: readonly string[] }>({
    summary: "A zip has several files with the same name",
    message: ({ source, names: [first = "", ...others] }) =>
      `${source} has several different files named ${first}${others.length === 0 ? "" : `, and the same for ${others.length} other names`}. The last one is used.`,
    hint: () =>
      "Create the archive again with one file of each name: programs differ in which one they read.",
  }),
  "cli/archive-in-directory": warning<{
    source: string;
    directory: string;
    /** The command's word that names the directory. */
    word: string;
  }>({
    summary: "An archive has a single top-level directory",
    message: ({ source, directory }) =>
      `Everything in ${source} is in the directory ${directory}, which becomes the only entry of /workspace.`,
    hint: ({ word, directory }) => `If ${directory} is the app, write \`cnb-dockerfile build ${word}\`.`,
  }),
  "cli/bad-archive-directory": error<{ fragment: string; reason: string }>({
    summary: "The directory after an archive's name is invalid",
    message: ({ fragment, reason }) => `${fragment} is not a directory in an archive: ${reason}.`,
    hint: () => "Write `#:` and the directory after the name, for example `build app.zip#:services/cart`.",
  }),
  "cli/no-archive-directory": error<{
    source: string;
    directory: string;
    part: string;
    /** What is in the directory where it should be; a few names. */
    there: readonly string[];
  }>({
    summary: "The archive does not have this directory",
    message: ({ source, directory, part }) =>
      `${source} has no directory ${directory}: ${part} does not exist or is not a directory.`,
    hint: ({ there }) =>
      there.length === 0 ? "That part of the archive is empty." : `It contains ${there.join(", ")}.`,
  }),
  "cli/source-limit": error<{
    source: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "ratio";
  }>({
    summary: "A source archive exceeds a limit",
    message: ({ source, reason }) => `The source from ${source} was not unpacked: ${reason}.`,
    hint: ({ limit }) =>
      limit === "entries"
        ? "If this is intended, raise the limit: `--max-source-entries 5000000`."
        : "If this is intended, raise the limit: `--max-source-size 16g`. With that flag, the ratio does not count.",
  }),
  "cli/no-room": error<{ directory: string; reason: string }>({
    summary: "The source cannot be stored in the temporary directory",
    message: ({ directory, reason }) => `Cannot store the source in ${directory}: ${reason}.`,
    hint: () => "Free some space there, or set TMPDIR to another directory.",
  }),
  "cli/bad-limit": error<{ flag: string; text: string; example: string }>({
    summary: "A limit is not a number",
    message: ({ flag, text }) => `${JSON.stringify(text)} is not a valid limit for ${flag}.`,
    hint: ({ flag, example }) => `Write a number, for example \`${flag} ${example}\`.`,
  }),
  "cli/bad-git-url": error<{ text: string; reason: string }>({
    summary: "A git URL is malformed",
    message: ({ text, reason }) => `${JSON.stringify(text)} is not a git URL: ${reason}.`,
    hint: () =>
      "Write URL, URL#REF or URL#REF:DIRECTORY, for example `https://git.example/shop.git#v1.2:services/cart`.",
  }),
  "cli/local-git-url": error<{ text: string }>({
    summary: "A git URL is a repository on this machine",
    message: ({ text }) => `${JSON.stringify(text)} is a repository on this machine.`,
    hint: () =>
      "To build its files, pass its directory instead of the URL. To fetch a revision with git, add `--allow-local-git`: git then uses that repository's own configuration.",
  }),
  "cli/no-git": error<Record<never, never>>({
    summary: "Git is not installed",
    message: () => "Git is not installed, but the source is a git repository.",
    hint: () => "Install git, or fetch the source yourself and pass its directory.",
  }),
  "cli/git-failed": error<{ remote: string; ref: string | undefined; reason: string }>({
    summary: "A repository cannot be fetched",
    message: ({ remote, ref, reason }) =>
      `git cannot fetch ${ref === undefined ? "" : `${ref} of `}${remote}: ${reason}.`,
    hint: ({ remote }) =>
      `Try \`git ls-remote ${remote}\`: the build uses the credentials, keys and proxies of git on this machine.`,
  }),
  "cli/git-limit": error<{
    remote: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "path" | "output";
  }>({
    summary: "A git repository exceeds a limit",
    message: ({ remote, reason }) => `${remote} was not fetched: ${reason}.`,
    hint: ({ limit }) =>
      limit === "sizeBytes"
        ? "If this is intended, raise the limit: `--max-source-size 16g`. It counts what the server sends, the files, and submodules."
        : limit === "entries"
          ? "If this is intended, raise the limit: `--max-source-entries 5000000`."
          : "No ordinary repository does that. If you trust it, clone it yourself and build the clone's directory.",
  }),
  "cli/git-slow": error<{ remote: string; reason: string }>({
    summary: "A git server takes too long",
    message: ({ remote, reason }) => `${remote} was not fetched: ${reason}.`,
    hint: () => "Try again later, or clone it yourself and build the clone's directory.",
  }),
  "cli/submodule-host": error<{ path: string; url: string; place: string }>({
    summary: "A submodule's server is on this machine or in its network",
    message: ({ path, url, place }) =>
      `The submodule ${path} was not fetched from ${url}: its server is ${place}, but the repository's own is not.`,
    hint: () =>
      "If you trust the repository, clone it with `git clone --recurse-submodules` and build the clone's directory.",
  }),
  "cli/submodule-redirect": error<{ url: string; status: string }>({
    summary: "A submodule's server redirects to another address",
    message: ({ url, status }) =>
      `The submodule at ${url} was not fetched: its server redirects to another address (HTTP ${status}), and redirects of submodules are not followed.`,
    hint: ({ url }) =>
      `Find the new address, for example in a browser, and configure git: \`git config --global url.NEW.insteadOf ${url}\`. Better still, change .gitmodules.`,
  }),
  "cli/submodules-left-out": warning<{ paths: readonly string[]; isWanted: boolean }>({
    summary: "Submodules of a git repository were not fetched",
    message: ({ paths, isWanted }) =>
      isWanted
        ? `No submodule was fetched into ${listed(paths)}: .gitmodules has no URL for it or excludes it, so the directory is empty.`
        : `The repository has submodules, which were not fetched. Empty in the source: ${listed(paths)}.`,
    hint: ({ isWanted }) =>
      isWanted
        ? "If the app needs it, commit a .gitmodules with its URL."
        : "If the app needs them, add `--submodules`.",
  }),
  "cli/bad-submodule": error<{ path: string; url: string; reason: string }>({
    summary: "A submodule of a git repository is not allowed",
    message: ({ path, url, reason }) => `The submodule ${path} was not fetched from ${url}: ${reason}.`,
    hint: () =>
      "Submodules are fetched only from servers, over https, http, ssh or git. If your git sends a header to one server, configure it as `http.https://SERVER/.extraHeader`.",
  }),
  "cli/git-large-files": warning<Record<never, never>>({
    summary: "A git repository keeps files in Git LFS",
    message: () =>
      "The repository keeps files in Git LFS. They were not fetched; the source has only their pointers.",
    hint: () => "If the app needs them, clone the repository with Git LFS and build the clone's directory.",
  }),
  "cli/no-git-ref": error<{ remote: string; ref: string }>({
    summary: "A repository does not have this branch, tag or commit",
    message: ({ remote, ref }) => `${remote} has no branch, tag or commit ${ref}.`,
    hint: ({ remote }) => `Run \`git ls-remote ${remote}\` to list its branches and tags.`,
  }),
  "cli/no-git-directory": error<{ remote: string; directory: string }>({
    summary: "A repository does not have this directory",
    message: ({ remote, directory }) => `${remote} has no directory ${directory} at that revision.`,
    hint: () => "Write the directory after the second colon: `URL#REF:DIRECTORY`.",
  }),
  "cli/no-revision": error<Record<never, never>>({
    summary: "There is no commit to record: the source is not a repository",
    message: () =>
      "The source was not fetched from a repository, so there is no commit to record in the image.",
    hint: () => "Build it with `--git URL`, or leave `--git-metadata` out.",
  }),
};
