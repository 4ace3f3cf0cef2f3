import { error, warning } from "../entry.ts";

/** Faults of the command line and of the files it reads and writes. */
export const cliCatalog = {
  "cli/unknown-flag": error<{ flag: string; suggestion: string | undefined }>({
    summary: "A flag does not exist",
    message: ({ flag }) => `There is no flag ${flag}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined ? "`--help` lists the flags of a command." : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/unknown-command": error<{ command: string; suggestion: string | undefined }>({
    summary: "A command does not exist",
    message: ({ command }) => `There is no command ${JSON.stringify(command)}.`,
    hint: ({ suggestion }) =>
      suggestion === undefined
        ? "`cnb-dockerfile --help` lists the commands."
        : `Did you mean \`cnb-dockerfile ${suggestion}\`?`,
  }),
  "cli/too-many-arguments": error<{ given: string }>({
    summary: "More arguments are given than a command takes",
    message: ({ given }) => `Only one directory can be named, but these are: ${given}.`,
    hint: () => "Quote a name that has blanks in it; everything else is a flag.",
  }),
  "cli/flag-without-value": error<{ flag: string }>({
    summary: "A flag that needs a value has none",
    message: ({ flag }) => `${flag} is given without a value.`,
    hint: () => "Write the value behind it. One that begins with `-` is written `--flag=VALUE`.",
  }),
  "cli/repeated-flag": error<{ flag: string }>({
    summary: "A flag that has one value is given twice",
    message: ({ flag }) => `${flag} is given twice.`,
    hint: () => "Keep the one you mean.",
  }),
  "cli/flags-in-conflict": error<{ flag: string; other: string }>({
    summary: "Two flags exclude each other",
    message: ({ flag, other }) => `${flag} cannot be given together with ${other}.`,
    hint: () => "Keep the one you mean.",
  }),
  "cli/wrong-use": error<{ reason: string }>({
    summary: "The program is called in a way that it does not understand",
    message: ({ reason }) => `The program cannot be called like this: ${reason}`,
    hint: () => "`--help` behind a command shows how it is called.",
  }),
  "cli/bad-platform": error<{ text: string }>({
    summary: "A platform is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is not a platform.`,
    hint: () => "Write OS/ARCHITECTURE, for example `--platform linux/amd64,linux/arm64`.",
  }),
  "cli/bad-binding": error<{ text: string }>({
    summary: "A binding is not written as one",
    message: ({ text }) => `${JSON.stringify(text)} is not a binding.`,
    hint: () => "Write NAME=TYPE:KEY,KEY, for example `--binding db=postgresql:username,password`.",
  }),
  "cli/bad-exec-env": error<{ text: string }>({
    summary: "An execution environment has characters that it cannot have",
    message: ({ text }) => `${JSON.stringify(text)} cannot be an execution environment.`,
    hint: () => "Letters, digits, `.`, `_` and `-` are possible, for example `production` or `test`.",
  }),
  "cli/buildx-flag": error<{ flag: string; instead: string }>({
    summary: "A flag of `docker buildx build` does not exist here",
    message: ({ flag }) =>
      `\`${flag}\` is a flag of \`docker buildx build\` that this program does not have.`,
    hint: ({ instead }) => instead,
  }),
  "cli/pack-flag": error<{ flag: string; instead: string }>({
    summary: "A flag of `pack build` has no place in making a Dockerfile",
    message: ({ flag }) => `\`${flag}\` is a flag of \`pack build\` that a generated file has no place for.`,
    hint: ({ instead }) => instead,
  }),
  "cli/bad-volume": error<{ text: string; reason: string }>({
    summary: "A volume cannot be had in a build",
    message: ({ text, reason }) => `The volume ${JSON.stringify(text)} cannot be mounted: ${reason}.`,
    hint: () =>
      "Write `--volume DIRECTORY:TARGET` for a directory to read, `--volume NAME:TARGET:rw` for a cache that buildpacks fill, as `--volume m2:/home/cnb/.m2:rw`, and `--volume DIRECTORY:/platform/bindings/NAME` for a binding.",
  }),
  "cli/volume-left-out": warning<{
    directory: string;
    entries: readonly string[];
    what: "key" | "binding";
  }>({
    summary: "A part of a directory of bindings is not handed over",
    message: ({ directory, entries, what }) =>
      `${entries.map((entry) => JSON.stringify(entry)).join(", ")} in ${directory} ${entries.length === 1 ? "is" : "are"} left out: ` +
      (what === "key"
        ? "a key is a file whose name does not begin with `..`."
        : "a binding is a directory whose name does not begin with a dot."),
    hint: ({ what }) =>
      what === "key"
        ? "Entries that begin with `..` are Kubernetes' own, and nothing is missing. Put the contents of a directory into files beside it."
        : "Move what is no binding to another place.",
  }),
  "cli/path-twice": error<{ argument: string; flag: string }>({
    summary: "The project's directory is given twice",
    message: ({ argument, flag }) => `Two directories are given: ${argument} and \`--path ${flag}\`.`,
    hint: () => "Name one.",
  }),
  "cli/build-arg-of-buildkit": error<{ name: string }>({
    summary: "A build argument is given that acts on the build, not on what is built",
    message: ({ name }) => `${name} acts on the build, so it has no place in the file that is built.`,
    hint: ({ name }) => `Give it to the build: \`docker buildx build --build-arg ${name}=… …\`.`,
  }),
  "cli/build-arg-unknown": error<{ name: string; suggestion: string | undefined }>({
    summary: "A build argument begins as an option does, and is none",
    message: ({ name }) =>
      `${name} is not an option, as every build argument that begins with CNB_ has to be.`,
    hint: ({ name, suggestion }) =>
      suggestion === undefined
        ? `For a build-time variable of that name write \`--env ${name}=VALUE\`.`
        : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/build-arg-without-use": error<{ name: string }>({
    summary: "A build argument means something to a build only",
    message: ({ name }) => `${name} means nothing to a file that is built later.`,
    hint: ({ name }) =>
      name === "CNB_VOLUMES"
        ? "Give `--volume` in its place."
        : "Leave it out; unchanged layers come from BuildKit's cache.",
  }),
  "cli/build-arg-without-value": error<{ name: string }>({
    summary: "A build argument that is an option has no value",
    message: ({ name }) => `${name} has no value, and this machine's value is not looked up.`,
    hint: ({ name }) => `Write \`--build-arg ${name}=VALUE\`.`,
  }),
  "cli/build-arg-not-boolean": error<{ name: string; value: string }>({
    summary: "A build argument that is on or off has another value",
    message: ({ name, value }) => `${name} is on or off, and ${JSON.stringify(value)} is neither.`,
    hint: ({ name }) => `Write \`${name}=true\`, or leave it out.`,
  }),
  "cli/said-twice": error<{ name: string; other: string }>({
    summary: "An option is given as a flag and as a build argument",
    message: ({ name, other }) =>
      name === other ? `${name} is given twice.` : `${name} says the same as ${other}, which is given, too.`,
    hint: () => "Keep the one you mean.",
  }),
  "cli/bad-process-type": error<{ text: string }>({
    summary: "A process type has characters that it cannot have",
    message: ({ text }) => `${JSON.stringify(text)} cannot be a process type.`,
    hint: () => "Letters, digits, `.`, `_` and `-` are possible, for example `web`.",
  }),
  "cli/defaults-unknown-key": error<{
    key: string;
    known: readonly string[];
    suggestion: string | undefined;
  }>({
    summary: "A key of the operator's defaults file is none that it can have",
    message: ({ key }) => `${key} is not a key of the defaults file.`,
    hint: ({ known, suggestion }) =>
      suggestion === undefined ? `Its keys are: ${known.join(", ")}.` : `Did you mean \`${suggestion}\`?`,
  }),
  "cli/defaults-wrong-type": error<{ key: string; isList: boolean }>({
    summary: "A key of the operator's defaults file has a value of the wrong type",
    message: ({ key, isList }) => `${key} should be ${isList ? "a list of texts" : "a text"}.`,
    hint: ({ key, isList }) => (isList ? `Write \`${key} = ["…"]\`.` : `Write \`${key} = "…"\`.`),
  }),
  "cli/defaults-writable": error<{ file: string; reason: string }>({
    summary: "Another user could have written the operator's defaults file",
    message: ({ file, reason }) => `${file} is not read as the defaults file, because ${reason}.`,
    hint: ({ file }) =>
      `Look at what it says, then run \`chmod go-w ${file}\`, or move it to a directory of yours.`,
  }),
  "cli/defaults-unreadable": error<{ file: string; reason: string; variable: string }>({
    summary: "The operator's defaults file cannot be read",
    message: ({ file, reason }) => `The defaults file ${file} cannot be read: ${reason}.`,
    hint: ({ variable }) => `Mend the path in ${variable}, or unset the variable.`,
  }),
  "cli/defaults-not-heeded": warning<{ file: string; keys: readonly string[] }>({
    summary:
      "A Dockerfile that is not ours is built, and scan settings of the operator's defaults file do nothing",
    message: ({ file, keys }) =>
      `${keys.join(", ")} of the defaults file ${file} ${keys.length === 1 ? "does" : "do"} nothing for this Dockerfile: nothing scans its image.`,
    hint: () => "Scan the image with a tool of your own before you publish it, or build a project.toml.",
  }),
  "cli/no-project": error<{ path: string; reason: string; image: string | undefined }>({
    summary: "The project does not exist, or is neither a directory nor an archive",
    message: ({ path, reason }) => `${path} cannot be the project: ${reason}.`,
    hint: ({ image }) =>
      `Name the directory of the app's source, or with \`build\` an archive; a descriptor is named with \`--descriptor\`.${image === undefined ? "" : ` If ${image} is the image's name, write \`--tag ${image}\`.`}`,
  }),
  "cli/env-file-export": error<{ name: string }>({
    hidesLine: true,
    summary: "A line of a file with variables begins with `export`",
    message: ({ name }) =>
      `The line begins with \`export\`, which is a shell's word: the variable would be called "export ${name}".`,
    hint: ({ name }) => `Leave the word out, so that the line begins with \`${name}\`.`,
  }),
  "cli/file-unreadable": error<{ path: string; reason: string }>({
    summary: "A file that was named cannot be read",
    message: ({ path, reason }) => `Cannot read ${path}: ${reason}.`,
    hint: () => "Name a text file that you may read.",
  }),
  "cli/file-unwritable": error<{ path: string; reason: string }>({
    summary: "A file cannot be written",
    message: ({ path, reason }) => `Cannot write ${path}: ${reason}. What was there is unchanged.`,
    hint: () => "Name another file with `-o`, or mend the cause.",
  }),
  "cli/system-refused": error<{ call: string; path: string | undefined; reason: string }>({
    summary: "The system refuses a file or a program",
    message: ({ call, path, reason }) =>
      path === undefined
        ? `The system refused \`${call}\`: ${reason}.`
        : `The system refused ${path}: ${reason}.`,
    hint: () =>
      "Free space (`df -h`, `df -i`), check the permissions, or name other directories: TMPDIR for temporary files, XDG_CACHE_HOME, XDG_DATA_HOME and XDG_STATE_HOME for what is kept. `ulimit -a` shows the limits of a process.",
  }),
  "cli/no-current-directory": error<{ reason: string }>({
    summary: "The current directory does not exist any more",
    message: ({ reason }) => `The current directory cannot be found: ${reason}.`,
    hint: () => "Another program removed it. Go to a directory that exists (`cd`), and try again.",
  }),
  "cli/no-output-directory": error<{ path: string; directory: string }>({
    summary: "The directory of the file that is to be written does not exist",
    message: ({ path, directory }) => `Cannot write ${path}: there is no directory ${directory}.`,
    hint: ({ directory }) => `Make it with \`mkdir -p ${directory}\`, or name another file with \`-o\`.`,
  }),
  "cli/not-generated": error<{ path: string }>({
    summary: "A file that somebody else wrote would be overwritten",
    message: ({ path }) => `${path} was not made by cnb-dockerfile, so it is not overwritten.`,
    hint: () => "Name another file with `-o`, or add `--force`.",
  }),
  "cli/output-is-descriptor": error<{ path: string }>({
    summary: "The result would be written over the project descriptor",
    message: ({ path }) => `${path} is the project descriptor that everything is made from.`,
    hint: () => "Name another file with `-o`.",
  }),
  "cli/check-not-generated": error<{ path: string }>({
    summary: "The file to check was not made by this program",
    message: ({ path }) => `${path} does not say how it was made, so it cannot be checked.`,
    hint: () => "Make it with `cnb-dockerfile generate -o FILE`.",
  }),
  "cli/stale": error<{ path: string; command: string }>({
    summary: "A generated file, or the ignore file beside it, no longer follows from its project",
    message: ({ path }) => `${path} is out of date: it would be made differently now.`,
    hint: ({ command }) => `Run \`${command}\` and commit the result.`,
  }),
  "cli/line-ends": error<{ path: string }>({
    summary: "A generated file has other line ends than it was made with",
    message: ({ path }) => `${path} has Windows line ends, which would get into scripts that stand in it.`,
    hint: ({ path }) =>
      `Add the line \`${path} text eol=lf\` to .gitattributes and check the file out again.`,
  }),
  "cli/output-closed": error<{ reason: string }>({
    summary: "Standard output could not be written",
    message: ({ reason }) => `Standard output could not be written: ${reason}. What it holds is not whole.`,
    hint: () => "Look at the free space where it goes, and run the program again.",
  }),
  "cli/dockerignore-left": warning<{ path: string }>({
    summary: "The ignore file for the Dockerfile was left as it is",
    message: ({ path }) => `${path} was not made by cnb-dockerfile and is left as it is.`,
    hint: () => "The build works without it; it only decides what is sent to BuildKit.",
  }),
  "cli/incomplete-package": error<{ file: string }>({
    summary: "A part of this program is missing",
    message: ({ file }) => `This installation has no ${file}.`,
    hint: () => "In a checkout run `npm run build`; otherwise install the package again.",
  }),
};
