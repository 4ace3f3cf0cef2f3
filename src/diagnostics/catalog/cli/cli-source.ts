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
    summary: "The source of a build is named twice",
    message: ({ first, second }) =>
      `Two sources are named: ${first.value} by ${first.flag} and ${second.value} by ${second.flag}.`,
    hint: ({ packForm }) =>
      packForm === undefined
        ? "Keep the one you mean."
        : `If ${packForm.image} is the image's name, as with pack, write \`cnb-dockerfile build ${packForm.flags}\`.`,
  }),
  "cli/app-ignored": warning<{ file: string; pattern: string }>({
    summary: "An ignore file leaves nothing of the app",
    message: ({ file, pattern }) =>
      `${file} leaves nothing of the app: the line \`${pattern}\` names everything, and no line after it takes a file back that exists.`,
    hint: () =>
      "Remove the line, or take back what the app needs, for example `!src`. A pattern starts from the app's directory.",
  }),
  "cli/input-twice": error<Record<never, never>>({
    summary: "Standard input is named twice",
    message: () => "Standard input can be the source or the file to build, not both.",
    hint: () => "Name a directory, or leave `--file` out.",
  }),
  "cli/no-source": error<{ url: string }>({
    summary: "There is nothing at the address of a source",
    message: ({ url }) => `There is no source at ${url}.`,
    hint: () =>
      "Name an archive: a zip, or a tar that may be gzipped. A git repository's URL ends in `.git`, or is given with `--git`.",
  }),
  "cli/bad-archive": error<{ source: string; reason: string }>({
    summary: "The archive of a source cannot be unpacked",
    message: ({ source, reason }) => `The source from ${source} cannot be unpacked: ${reason}.`,
    hint: () => "Make it with `tar -czf`, with the app's files at its root.",
  }),
  "cli/archive-names-twice": warning<{ source: string; names: readonly string[] }>({
    summary: "A zip has several files of one name",
    message: ({ source, names: [first = "", ...others] }) =>
      `${source} has several different files named ${first}${
        others.length === 0 ? "" : `, and of ${others.length} other names`
      }. The last one is taken.`,
    hint: () => "Make the archive again with one file of each name: programs differ in which one they read.",
  }),
  "cli/archive-in-directory": warning<{
    source: string;
    directory: string;
    /** The command's word that names the directory. */
    word: string;
  }>({
    summary: "An archive has one directory around everything",
    message: ({ source, directory }) =>
      `Everything in ${source} is in the directory ${directory}, which becomes the only entry of /workspace.`,
    hint: ({ word, directory }) => `If ${directory} is the app, write \`cnb-dockerfile build ${word}\`.`,
  }),
  "cli/bad-archive-directory": error<{ fragment: string; reason: string }>({
    summary: "What stands behind an archive's name is no directory of it",
    message: ({ fragment, reason }) => `${fragment} names no directory of an archive: ${reason}.`,
    hint: () => "Write `#:` and the directory behind the name, as in `build app.zip#:services/cart`.",
  }),
  "cli/no-archive-directory": error<{
    source: string;
    directory: string;
    part: string;
    /** What is in the directory where it should be; a few names. */
    there: readonly string[];
  }>({
    summary: "An archive does not have the directory that is named",
    message: ({ source, directory, part }) =>
      `${source} has no directory ${directory}: ${part} is not there, or is no directory.`,
    hint: ({ there }) =>
      there.length === 0 ? "That part of the archive is empty." : `There are ${there.join(", ")}.`,
  }),
  "cli/source-limit": error<{
    source: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "ratio";
  }>({
    summary: "The archive of a source is larger than it may become",
    message: ({ source, reason }) => `The source from ${source} is not unpacked: ${reason}.`,
    hint: ({ limit }) =>
      limit === "entries"
        ? "If it is as it should be, raise the limit: `--max-source-entries 5000000`."
        : "If it is as it should be, raise the limit: `--max-source-size 16g`. With that flag the ratio does not count.",
  }),
  "cli/no-room": error<{ directory: string; reason: string }>({
    summary: "There is no room for a source in the temporary directory",
    message: ({ directory, reason }) => `The source cannot be put into ${directory}: ${reason}.`,
    hint: () => "Make room there, or name another directory with TMPDIR.",
  }),
  "cli/bad-limit": error<{ flag: string; text: string; example: string }>({
    summary: "A limit is no number",
    message: ({ flag, text }) => `${JSON.stringify(text)} is no limit for ${flag}.`,
    hint: ({ flag, example }) => `Write a number, as in \`${flag} ${example}\`.`,
  }),
  "cli/bad-git-url": error<{ text: string; reason: string }>({
    summary: "A git URL is not written as one",
    message: ({ text, reason }) => `${JSON.stringify(text)} is not a git URL: ${reason}.`,
    hint: () =>
      "Write URL, URL#REF or URL#REF:DIRECTORY, for example `https://git.example/shop.git#v1.2:services/cart`.",
  }),
  "cli/local-git-url": error<{ text: string }>({
    summary: "A git URL names a repository on this machine",
    message: ({ text }) => `${JSON.stringify(text)} is a repository on this machine.`,
    hint: () =>
      "Name its directory in place of the URL to build its files. To fetch a state of it with git, add `--allow-local-git`: git then acts on that repository's own configuration.",
  }),
  "cli/no-git": error<Record<never, never>>({
    summary: "The program `git` is not installed",
    message: () => "A repository is to be built, and there is no program `git`.",
    hint: () => "Install git, or fetch the source yourself and name its directory.",
  }),
  "cli/git-failed": error<{ remote: string; ref: string | undefined; reason: string }>({
    summary: "A repository could not be fetched",
    message: ({ remote, ref, reason }) =>
      `git cannot fetch ${ref === undefined ? "" : `${ref} of `}${remote}: ${reason}.`,
    hint: ({ remote }) =>
      `Try \`git ls-remote ${remote}\`: credentials, keys and proxies are those of git on this machine.`,
  }),
  "cli/git-limit": error<{
    remote: string;
    reason: string;
    limit: "sizeBytes" | "entries" | "path" | "output";
  }>({
    summary: "A git repository is larger than a source may be",
    message: ({ remote, reason }) => `${remote} is not fetched: ${reason}.`,
    hint: ({ limit }) =>
      limit === "sizeBytes"
        ? "If it is meant to be that large, raise the limit: `--max-source-size 16g`. It counts what the server sends, the files, and submodules."
        : limit === "entries"
          ? "If it is meant to have that many, raise the limit: `--max-source-entries 5000000`."
          : "No ordinary repository does that. If you trust it, clone it yourself and build the clone's directory.",
  }),
  "cli/git-slow": error<{ remote: string; reason: string }>({
    summary: "A git server takes too long",
    message: ({ remote, reason }) => `${remote} is not fetched: ${reason}.`,
    hint: () => "Try again later, or clone it yourself and build the clone's directory.",
  }),
  "cli/submodule-host": error<{ path: string; url: string; place: string }>({
    summary: "A submodule's server is on this machine or in its network",
    message: ({ path, url, place }) =>
      `The submodule ${path} is not fetched from ${url}: its server is ${place}, and the repository's own is not.`,
    hint: () =>
      "If you trust the repository, clone it with `git clone --recurse-submodules` and build the clone's directory.",
  }),
  "cli/submodule-redirect": error<{ url: string; status: string }>({
    summary: "A submodule's server redirects to another address",
    message: ({ url, status }) =>
      `The submodule at ${url} is not fetched: its server redirects to another address (HTTP ${status}), and redirects of submodules are not followed.`,
    hint: ({ url }) =>
      `Find the new address, for example in a browser, and tell git: \`git config --global url.NEW.insteadOf ${url}\`. Better still, change .gitmodules.`,
  }),
  "cli/submodules-left-out": warning<{ paths: readonly string[]; isWanted: boolean }>({
    summary: "Submodules of a git repository were not fetched",
    message: ({ paths, isWanted }) =>
      isWanted
        ? `No submodule was fetched into ${listed(paths)}: .gitmodules has no URL for it or leaves it out, so the directory is empty.`
        : `The repository has submodules, and they were not fetched. Empty in the source: ${listed(paths)}.`,
    hint: ({ isWanted }) =>
      isWanted
        ? "Commit a .gitmodules with its URL if the app needs it."
        : "If the app needs them, add `--submodules`.",
  }),
  "cli/bad-submodule": error<{ path: string; url: string; reason: string }>({
    summary: "A submodule of a git repository must not be fetched",
    message: ({ path, url, reason }) => `The submodule ${path} is not fetched from ${url}: ${reason}.`,
    hint: () =>
      "Submodules are fetched from servers, by https, http, ssh or git. Where your git has a header that belongs to one server, configure it as `http.https://SERVER/.extraHeader`.",
  }),
  "cli/git-large-files": warning<Record<never, never>>({
    summary: "A git repository keeps files in Git LFS",
    message: () =>
      "The repository keeps files in Git LFS. They are not fetched, the source has their pointers.",
    hint: () => "If the app needs them, clone the repository with Git LFS and build the clone's directory.",
  }),
  "cli/no-git-ref": error<{ remote: string; ref: string }>({
    summary: "A repository has no such branch, tag or commit",
    message: ({ remote, ref }) => `${remote} has no branch, tag or commit ${ref}.`,
    hint: ({ remote }) => `\`git ls-remote ${remote}\` lists its branches and tags.`,
  }),
  "cli/no-git-directory": error<{ remote: string; directory: string }>({
    summary: "A repository has no such directory",
    message: ({ remote, directory }) => `${remote} has no directory ${directory} in that state.`,
    hint: () => "Name one behind the second colon: `URL#REF:DIRECTORY`.",
  }),
  "cli/no-revision": error<Record<never, never>>({
    summary: "A commit is to be recorded of a source that is no repository's",
    message: () =>
      "The source is not fetched from a repository, so there is no commit to write into the image.",
    hint: () => "Build it with `--git URL`, or leave `--git-metadata` out.",
  }),
};
